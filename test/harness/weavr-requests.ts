/** Requests to weavr's token endpoint. */
import request, { type Response, type Test } from "supertest";
import type { TestPolymint } from "../../src/testkit";
import { mustConform } from "./conformance";
import { tokenPaths } from "./token-requests";

/** A response with a body of unknown type. */
export type WeavrResponse = Omit<Response, "body"> & { body: unknown };

export const weavrTokenPath = tokenPaths.weavr;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export const apiKeyOf = (polymint: TestPolymint) => polymint.clients.weavr.secret;
export const programmeOf = (polymint: TestPolymint) => polymint.clients.weavr.clientId;

export function identityOf(polymint: TestPolymint, index: 0 | 1 = 0): TestPolymint["user"]["identities"][number] {
  const identity = polymint.user.identities[index];
  if (identity === undefined) throw new Error("the seeded user has two identities");
  return identity;
}

/** Requests an access token with this body. */
export function requestAccessToken(polymint: { url: string }, apiKey: string, body: object): Test {
  return request(polymint.url).post(weavrTokenPath).set("api-key", apiKey).send(body);
}

/** Waits for a response, and checks its status, its conformance to the spec and its headers. */
export async function expectWeavrResponse(status: number, test: Test | Promise<Response>): Promise<WeavrResponse> {
  const response = await test;
  expect({ status: response.status, text: response.status === status ? "" : response.text }).toEqual({ status, text: "" });
  mustConform(response, "weavr", weavrTokenPath);
  expect(response.headers["request-ref"]).toMatch(uuid);
  expect(response.headers["cache-control"]).toBe("no-store");
  return response;
}

/** The reason that the server logged for a response. */
export function loggedReasonFor({ logs }: TestPolymint, { headers }: WeavrResponse): unknown {
  return logs.find(({ correlationId }) => correlationId === headers["request-ref"])?.detail;
}
