import type { Demo } from "../kit";

export const demo: Demo = {
  client: { id: "demo-abbeycross", name: "Demo client of the abbeycross contract", scopes: ["accounts", "payments"] },
  request: ({ clientId, secret }) => ({ path: "/v1/oauth/token", json: { client_id: clientId, client_secret: secret } }),
};
