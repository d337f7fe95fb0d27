/** The server that the matrix is tested on, and short ways to make its clients and requests. */
import type { RegisteredClient, Registration } from "../../../src/registration/registration";
import type { TestPolymint } from "../../../src/testkit";
import { basic } from "../../harness/bearer-tokens";
import type { RawRequest, RequestField } from "./request-builder";

/** Holds the server of a test file. The server is started after the rows are made, before the first test. */
export interface ServerFixture {
  polymint: TestPolymint;
}

/** A client with a secret. */
export interface SecretClient {
  id: string;
  secret: string;
  /** `Authorization: Basic`. */
  authorization: RequestField;
}

export async function registerSecretClient(
  register: (registration: Registration) => Promise<RegisteredClient>,
  registration: Registration,
): Promise<SecretClient> {
  const { client, secret } = await register(registration);
  if (secret === undefined) throw new Error("this client has no secret");
  return { id: client.id, secret: secret.value, authorization: ["Authorization", basic(client.id, secret.value)] };
}

/** @returns a function that makes the value at its first call and returns the same one from then on */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

/** A POST of a form. */
export function makeFormRequest(path: string, headers: readonly RequestField[], form: Readonly<Record<string, string>>): RawRequest {
  return { method: "POST", path, query: [], headers, body: { as: "form", members: Object.entries(form) } };
}

/** A POST of JSON. @param members by their paths, such as `identity.id` */
export function makeJsonRequest(path: string, headers: readonly RequestField[], members: Readonly<Record<string, string>>): RawRequest {
  return { method: "POST", path, query: [], headers, body: { as: "json", members: Object.entries(members) } };
}
