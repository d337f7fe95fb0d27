import type { Demo } from "../kit";

export const demo: Demo = {
  client: {
    id: "demo-firstvision",
    name: "Demo client of the firstvision contract",
    scopes: ["edit", "view"],
    claims: { firstVisionId: "00000AUNAB" },
  },
  request: ({ clientId, secret }) => ({ path: "/v1/api/oauth/token?scope=edit", basic: { user: clientId, password: secret } }),
};
