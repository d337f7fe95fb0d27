import type { Demo } from "../demo";

export const demo: Demo = {
  client: { id: "demo-abbeycross", name: "Demo client of the abbeycross contract", scopes: ["accounts", "payments"] },
  curl: ({ url, clientId, secret }) =>
    [
      `curl -sS ${url}/v1/oauth/token`,
      `-H 'Content-Type: application/json'`,
      `-d '{"client_id":"${clientId}","client_secret":"${secret}"}'`,
    ].join(" \\\n  "),
};
