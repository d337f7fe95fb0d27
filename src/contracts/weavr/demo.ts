import { type Demo, quoteForShell } from "../demo";

/** Two steps in one paste: the login's auth token is the bearer of the exchange. */
export const demo: Demo = {
  client: { id: "demo-weavr", name: "Demo programme of the weavr contract", scopes: [] },
  curl: ({ url, secret, user }) => {
    const apiKey = `-H ${quoteForShell(`api-key: ${secret}`)}`;
    const json = "-H 'Content-Type: application/json'";
    const credentials = { email: user.email, password: { value: user.password } };
    const identity = { type: user.identityType, id: user.identityId };
    const login = `curl -sS ${url}/login_with_password ${apiKey} ${json} -d ${quoteForShell(JSON.stringify(credentials))}`;
    const token = `node -pe 'JSON.parse(require("fs").readFileSync(0)).token'`;
    return [
      `curl -sS ${url}/access_token`,
      apiKey,
      `-H "Authorization: Bearer $(${login} | ${token})"`,
      json,
      `-d ${quoteForShell(JSON.stringify({ identity }))}`,
    ].join(" \\\n  ");
  },
};
