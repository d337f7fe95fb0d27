import { type Demo, quoteForShell } from "../kit";

const pkce = {
  verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
  challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
};

export const demo: Demo = {
  client: {
    id: "demo-screening-eagle",
    name: "Demo client of the screening-eagle contract",
    scopes: ["inspect", "email", "profile"],
    claims: { userID: 1302, userRegion: "SG" },
  },
  request: ({ clientId, secret }) => ({
    path: "/api/id/v1/auth/token",
    basic: { user: clientId, password: secret },
    form: { grant_type: "client_credentials", scope: "inspect email profile" },
  }),
  withPerson: {
    title: "an application",
    client: {
      id: "demo-screening-eagle-app",
      name: "Demo application of the screening-eagle contract",
      scopes: ["openid", "email", "profile", "offline", "inspect"],
      services: ["introspection"],
      redirectUris: ["/playground-callback"],
    },
    steps: ({ url, clientId, secret, person, callback }) =>
      [
        `# open in a browser, log in as ${person.email} with ${person.password}, agree, and copy the code out of the address where you end:`,
        makeAuthorizationUrl(url, clientId, callback),
        `# then, within a minute`,
        [
          `curl -sS ${url}/api/id/v1/auth/token`,
          `-u ${quoteForShell(`${clientId}:${secret}`)}`,
          "-d grant_type=authorization_code",
          `-d redirect_uri=${callback}`,
          `-d code_verifier=${pkce.verifier}`,
          "-d code=CODE",
        ].join(" \\\n  "),
      ].join("\n"),
  },
};

/** Uses the PKCE pair of RFC 7636, Appendix B, to keep the demo simple. An application makes a new pair for each request. */
function makeAuthorizationUrl(url: string, clientId: string, redirectUri: string): string {
  const parameters = {
    response_type: "code",
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: "openid email profile offline",
    state: "demo",
    code_challenge: pkce.challenge,
    code_challenge_method: "S256",
  };
  return `${url}/authorize?${new URLSearchParams(parameters).toString()}`;
}
