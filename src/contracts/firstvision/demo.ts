import { type Demo, quoteForShell } from "../demo";

export const demo: Demo = {
  client: {
    id: "demo-firstvision",
    name: "Demo client of the firstvision contract",
    scopes: ["edit", "view"],
    claims: { firstVisionId: "00000AUNAB" },
  },
  curl: ({ url, clientId, secret }) =>
    [`curl -sS -X POST '${url}/v1/api/oauth/token?scope=edit'`, `-u ${quoteForShell(`${clientId}:${secret}`)}`].join(" \\\n  "),
};
