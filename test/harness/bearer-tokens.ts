import request, { type Response } from "supertest";
import type { TestPolymint } from "../../src/testkit";
import { jwtBearer } from "./assertion-client";

/** `Authorization: Basic` of a client. */
export function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${encodeURIComponent(id)}:${secret}`).toString("base64")}`;
}

/** An auth token of the seeded user. */
export async function logIn(polymint: TestPolymint): Promise<string> {
  const { email, password } = polymint.user;
  const { secret = "" } = polymint.clients.weavr ?? {};
  const response = await request(polymint.url)
    .post("/login_with_password")
    .set("api-key", secret)
    .send({ email, password: { value: password } });
  return (response.body as { token: string }).token;
}

const tokenExchanges: Readonly<Record<string, (polymint: TestPolymint) => PromiseLike<Response>>> = {
  abbeycross: ({ url, clients: { abbeycross } }) =>
    request(url).post("/v1/oauth/token").send({ client_id: abbeycross?.clientId, client_secret: abbeycross?.secret }),
  firstvision: ({ url, clients: { firstvision } }) =>
    request(url)
      .post("/v1/api/oauth/token?scope=edit")
      .set("Authorization", basic("demo-firstvision", firstvision?.secret ?? "")),
  raidiam: ({ url, issuer, clients: { raidiam } }) =>
    request(url)
      .post("/token")
      .type("form")
      .send({ client_assertion_type: jwtBearer, client_assertion: raidiam?.assertion(issuer) }),
  "screening-eagle": ({ url, clients }) =>
    request(url)
      .post("/api/id/v1/auth/token")
      .set("Authorization", basic("demo-screening-eagle", clients["screening-eagle"]?.secret ?? ""))
      .type("form")
      .send({ grant_type: "client_credentials", scope: "inspect email" }),
  weavr: async (polymint) =>
    request(polymint.url)
      .post("/access_token")
      .set("api-key", polymint.clients.weavr?.secret ?? "")
      .set("Authorization", `Bearer ${await logIn(polymint)}`)
      .send({ identity: polymint.user.identities[0] }),
};

export const contracts = Object.keys(tokenExchanges);

/** A token of a contract's seeded client. */
export async function tokenOf(polymint: TestPolymint, contract: string): Promise<string> {
  const response = await tokenExchanges[contract]?.(polymint);
  const { access_token, token } = response?.body as { access_token?: string; token?: string };
  const found = access_token ?? token;
  if (found === undefined) throw new Error(`${contract} gave no token: ${response?.status} ${response?.text}`);
  return found;
}
