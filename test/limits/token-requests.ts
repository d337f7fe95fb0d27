import { randomUUID } from "node:crypto";
import request, { type Response, type Test } from "supertest";
import type { SeededClient, TestPolymint } from "../../src/testkit";
import { mustConform } from "../harness/conformance";
import { type ContractName, tokenPaths } from "../harness/token-requests";

/** The address a request comes from, as a trusted proxy forwards it, and the server it arrives at. */
export interface From {
  url: string;
  source: string;
}

/** The test itself is the proxy. */
export const trustedProxies = ["127.0.0.1"];

/** weavr limits its login, the others their token endpoint. */
const paths = { ...tokenPaths, weavr: "/login_with_password" } as const;

/** Asks with a secret, an API key, or an assertion. weavr's key is used at its login, with an unknown user. @param scope where it is in the form */
export function ask(contract: ContractName, { url, source }: From, clientId: string, secret: string, scope = "inspect"): Test {
  const query = contract === "firstvision" ? "?scope=view" : "";
  const test = request(url).post(`${paths[contract]}${query}`).set("X-Forwarded-For", source);
  switch (contract) {
    case "abbeycross":
      return test.send({ client_id: clientId, client_secret: secret });
    case "firstvision":
      return test.auth(clientId, secret);
    case "screening-eagle":
      return test.auth(clientId, secret).type("form").send({ grant_type: "client_credentials", scope });
    case "raidiam":
      return test
        .type("form")
        .send({ client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", client_assertion: secret });
    case "weavr":
      return test.set("api-key", secret).send({ email: `${randomUUID()}@example.com`, password: { value: "wrong" } });
  }
}

/** Waits for a response and checks it against its contract. */
export async function answered(contract: ContractName, test: PromiseLike<Response>): Promise<Response> {
  const response = await test;
  mustConform(response, contract === "weavr" ? "weavr-login" : contract, paths[contract]);
  return response;
}

export async function statusesOf(answers: Iterable<PromiseLike<Response>>): Promise<number[]> {
  return (await Promise.all(answers)).map(({ status }) => status);
}

/** An array of one status, repeated. */
export function times(count: number, status: number): number[] {
  return Array<number>(count).fill(status);
}

export function clientOf({ clients }: TestPolymint, contract: ContractName): SeededClient {
  return clients[contract];
}

/** A secret, key or fresh assertion of the client: assertions are accepted only once. */
export function proofOf(polymint: TestPolymint, contract: ContractName): string {
  const client = clientOf(polymint, contract);
  return contract === "raidiam" ? client.assertion(polymint.issuer) : client.secret;
}

/** Credentials of the same form that are wrong. */
export function wrongProofOf(polymint: TestPolymint, contract: ContractName): string {
  if (contract !== "raidiam") return `${clientOf(polymint, contract).secret.slice(0, -1)}~`;
  const [header, payload] = proofOf(polymint, contract).split(".");
  return [header, payload, "A".repeat(86)].join(".");
}
