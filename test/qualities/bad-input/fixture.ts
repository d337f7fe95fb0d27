import type { Registered, Registration } from "../../../src/registration/register";
import type { TestPolymint } from "../../../src/testkit";
import { basic } from "../../harness/bearer-tokens";
import type { Draft, Pair } from "./request-builder";

/** The server that a table is proved on; it is there once the tests run. */
export interface World {
  polymint: TestPolymint;
}

/** A client with a secret. */
export interface SecretClient {
  id: string;
  secret: string;
  /** `Authorization: Basic`. */
  proof: Pair;
}

export async function newClient(
  register: (registration: Registration) => Promise<Registered>,
  registration: Registration,
): Promise<SecretClient> {
  const { client, secret } = await register(registration);
  if (secret === undefined) throw new Error("this client has no secret");
  return { id: client.id, secret: secret.value, proof: ["Authorization", basic(client.id, secret.value)] };
}

/** Made once, when it is first asked for. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

/** A form that is posted. */
export function post(path: string, headers: readonly Pair[], form: Readonly<Record<string, string>>): Draft {
  return { method: "POST", path, query: [], headers, body: { as: "form", members: Object.entries(form) } };
}

/** @param members by their paths, such as `identity.id` */
export function postJson(path: string, headers: readonly Pair[], members: Readonly<Record<string, string>>): Draft {
  return { method: "POST", path, query: [], headers, body: { as: "json", members: Object.entries(members) } };
}
