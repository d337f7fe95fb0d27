import type { Demo } from "../kit";

/** Two requests: the auth token that the login answers with is the bearer of the exchange. */
export const demo: Demo = {
  client: { id: "demo-weavr", name: "Demo programme of the weavr contract", scopes: [] },
  request: async ({ secret, user, readAnswer }) => {
    const apiKey = { "api-key": secret };
    const json = { email: user.email, password: { value: user.password } };
    const token = await readAnswer({ path: "/login_with_password", headers: apiKey, json }, "token");
    return {
      path: "/access_token",
      headers: { ...apiKey, Authorization: `Bearer ${token}` },
      json: { identity: { type: user.identityType, id: user.identityId } },
    };
  },
};
