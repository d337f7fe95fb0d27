/** Access tokens of each contract, for tests of what is done with a token. */
import request, { type Response } from "supertest";
import type { TestPolymint } from "../../src/testkit";
import { jwtBearer } from "./assertion-client";
import { type ContractName, tokenPaths } from "./token-requests";

/** The `Authorization: Basic` header of a client (RFC 6749 §2.3.1). */
export function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${encodeURIComponent(id)}:${secret}`).toString("base64")}`;
}

/** Logs in the seeded weavr user. @returns an auth token */
export async function logIn(polymint: TestPolymint): Promise<string> {
  const { email, password } = polymint.user;
  const { secret } = polymint.clients.weavr;
  const response = await request(polymint.url)
    .post("/login_with_password")
    .set("api-key", secret)
    .send({ email, password: { value: password } });
  return (response.body as { token: string }).token;
}

const tokenExchanges: Readonly<Record<ContractName, (polymint: TestPolymint) => PromiseLike<Response>>> = {
  abbeycross: ({ url, clients: { abbeycross } }) =>
    request(url).post(tokenPaths.abbeycross).send({ client_id: abbeycross.clientId, client_secret: abbeycross.secret }),
  firstvision: ({ url, clients: { firstvision } }) =>
    request(url).post(`${tokenPaths.firstvision}?scope=edit`).set("Authorization", basic("demo-firstvision", firstvision.secret)),
  raidiam: ({ url, issuer, clients: { raidiam } }) =>
    request(url)
      .post(tokenPaths.raidiam)
      .type("form")
      .send({ client_assertion_type: jwtBearer, client_assertion: raidiam.assertion(issuer) }),
  "screening-eagle": ({ url, clients }) =>
    request(url)
      .post(tokenPaths["screening-eagle"])
      .set("Authorization", basic("demo-screening-eagle", clients["screening-eagle"].secret))
      .type("form")
      .send({ grant_type: "client_credentials", scope: "inspect email" }),
  weavr: async (polymint) =>
    request(polymint.url)
      .post(tokenPaths.weavr)
      .set("api-key", polymint.clients.weavr.secret)
      .set("Authorization", `Bearer ${await logIn(polymint)}`)
      .send({ identity: polymint.user.identities[0] }),
};

/** Requests a token by a contract, as its seeded client. @throws Error with the response if it is no token */
export async function tokenOf(polymint: TestPolymint, contract: ContractName): Promise<string> {
  const response = await tokenExchanges[contract](polymint);
  const { access_token, token } = response.body as { access_token?: string; token?: string };
  const issued = access_token ?? token;
  if (issued === undefined) throw new Error(`${contract} gave no token: ${response.status} ${response.text}`);
  return issued;
}
