/** Traffic that carries secrets in every part of a request, for tests that must not find them in logs, traces or metrics. */
import request from "supertest";
import type { TestPolymint } from "../../src/testkit";
import { basic, logIn, tokenOf } from "./bearer-tokens";
import { contractNames, tokenPaths } from "./token-requests";

/** The grant of each contract's requests. */
export const grantOfContract: Readonly<Record<string, string>> = {
  abbeycross: "client_credentials",
  firstvision: "client_credentials",
  raidiam: "client_credentials",
  "screening-eagle": "client_credentials",
  weavr: "auth_token",
};

/**
 * Gets a token by every contract, and sends requests that are refused, with secrets in every part that can have one.
 * @returns every secret that was sent or received, and the parts of JWTs
 */
export async function sendTraffic(polymint: TestPolymint): Promise<string[]> {
  const { url, clients, user, issuer } = polymint;
  const tokens = [...(await Promise.all(contractNames.map((contract) => tokenOf(polymint, contract)))), await logIn(polymint)];
  const assertion = clients.raidiam.assertion(issuer, { aud: "https://somebody.else" });
  const wrong = (part: string): string => `hunter2-${part}-0123456789`;
  const refused = await Promise.all([
    request(url)
      .post(tokenPaths.abbeycross)
      .send({ client_id: clients.abbeycross.clientId, client_secret: wrong("secret") }),
    request(url)
      .post(tokenPaths.abbeycross)
      .send({ client_id: wrong("id"), client_secret: wrong("secret") }),
    request(url)
      .post(`${tokenPaths.firstvision}?scope=edit`)
      .set("Authorization", basic("demo-firstvision", wrong("basic"))),
    request(url)
      .post(tokenPaths.raidiam)
      .type("form")
      .send({ client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", client_assertion: assertion }),
    request(url)
      .post(tokenPaths["screening-eagle"])
      .set("Authorization", basic("demo-screening-eagle", clients["screening-eagle"].secret))
      .type("form")
      .send({ grant_type: "refresh_token", refresh_token: wrong("refresh") }),
    request(url)
      .post(tokenPaths.weavr)
      .set("api-key", wrong("api-key"))
      .set("Authorization", `Bearer ${wrong("bearer")}`)
      .send({ identity: user.identities[0] }),
    request(url)
      .post("/login_with_password")
      .set("api-key", clients.weavr.secret)
      .send({ email: user.email, password: { value: wrong("password") } }),
    request(url).get(`/${wrong("path")}?code=${wrong("query")}`),
  ]);
  for (const { status } of refused) expect(status).toBeGreaterThanOrEqual(400);
  const wrongSecrets = ["secret", "id", "basic", "refresh", "api-key", "bearer", "password", "path", "query"].map(wrong);
  const seeded = Object.values(clients).flatMap((client) => client?.secret ?? []);
  const jwts = [...tokens, assertion].flatMap((token) => [token, ...token.split(".")]);
  return [...wrongSecrets, "hunter2", ...seeded, ...jwts, user.password].filter((secret) => secret.length >= 7);
}
