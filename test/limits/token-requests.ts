import { randomUUID } from "node:crypto";
import request, { type Response, type Test } from "supertest";
import type { SeededClient, TestPolymint } from "../../src/testkit";
import { mustConform } from "../harness/conformance";

/** Where a request comes from, as told by a proxy that is believed, and at which server it arrives. */
export interface From {
  url: string;
  source: string;
}

/** The test itself is the proxy. */
export const trustedProxies = ["127.0.0.1"];

const paths = {
  abbeycross: "/v1/oauth/token",
  firstvision: "/v1/api/oauth/token",
  raidiam: "/token",
  "screening-eagle": "/api/id/v1/auth/token",
  weavr: "/login_with_password",
};
export type Dialect = keyof typeof paths;
export const dialects = Object.keys(paths) as Dialect[];

/** Asks with a secret, an API key, or an assertion. weavr's key is asked at its login, with a user nobody knows. @param scope where it is in the form */
export function ask(dialect: Dialect, { url, source }: From, clientId: string, secret: string, scope = "inspect"): Test {
  const query = dialect === "firstvision" ? "?scope=view" : "";
  const test = request(url).post(`${paths[dialect]}${query}`).set("X-Forwarded-For", source);
  switch (dialect) {
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

/** Waits for an answer that fits its contract. */
export async function answered(dialect: Dialect, test: PromiseLike<Response>): Promise<Response> {
  const response = await test;
  mustConform(response, dialect === "weavr" ? "login" : dialect, paths[dialect]);
  return response;
}

export async function statusesOf(answers: Iterable<PromiseLike<Response>>): Promise<number[]> {
  return (await Promise.all(answers)).map(({ status }) => status);
}

/** So many of a status. */
export function times(count: number, status: number): number[] {
  return Array<number>(count).fill(status);
}

export function clientOf({ clients }: TestPolymint, dialect: Dialect): SeededClient {
  const client = clients[dialect];
  if (client === undefined) throw new Error(`no client for ${dialect}`);
  return client;
}

/** What proves the client now: assertions are good only once. */
export function proofOf(polymint: TestPolymint, dialect: Dialect): string {
  const client = clientOf(polymint, dialect);
  return dialect === "raidiam" ? client.assertion(polymint.issuer) : client.secret;
}

/** What does not prove it. */
export function wrongProofOf(polymint: TestPolymint, dialect: Dialect): string {
  if (dialect !== "raidiam") return `${clientOf(polymint, dialect).secret.slice(0, -1)}~`;
  const [header, payload] = proofOf(polymint, dialect).split(".");
  return [header, payload, "A".repeat(86)].join(".");
}
