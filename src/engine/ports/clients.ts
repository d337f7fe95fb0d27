import type { JsonWebKey } from "node:crypto";
import type { Caller } from "../caller";
import type { Client } from "../client";

/** Finds clients by what a request presents. Answers may be up to two seconds old. Methods throw `Unavailable`. */
export interface ClientRegistry {
  findById(clientId: string): Promise<Client | undefined>;
  /** Finds the client that has a live secret with this digest; for API keys, which come without a client id. */
  findBySecretDigest(digest: Buffer): Promise<Client | undefined>;
}

/** Finds the scopes that clients are registered for. Throws `Unavailable`. */
export interface RegisteredScopes {
  /** @returns those of the scopes that any client is registered for */
  findRegistered(scopes: readonly string[]): Promise<readonly string[]>;
}

/** Finds which clients registered an origin of web pages. */
export interface Origins {
  /** @returns ids of the active clients that registered it; up to two seconds old. @throws Unavailable */
  findClients(origin: string): Promise<ReadonlySet<string>>;
  /** What was found last, however old, for answers that tell no more than that the request failed. Undefined if nothing is known. */
  recallClients(origin: string): ReadonlySet<string> | undefined;
}

/** Makes the HMAC-SHA-256 of a server-made secret under the configured pepper. */
export type SecretDigest = (secret: string) => Buffer;

/** Who asks for something that another server may have to answer. */
export interface Asker {
  /** Epoch milliseconds. */
  now: number;
  /** IP address that the request came from. */
  source: string;
  caller: Caller;
}

/** Public keys at a client's `jwks_uri`. */
export interface RemoteKeys {
  /**
   * Whether the client's keys accept what was presented. If the keys at hand do not, newer ones are fetched and asked too: the
   * client may just have changed its keys. The caller waits for that, up to six seconds.
   * @param accepts whether these keys verify what was presented
   * @throws Unavailable if that needs keys that cannot be fetched, Refusal `throttled` if too many fetches for its source failed
   */
  accept(uri: string, accepts: (keys: readonly JsonWebKey[]) => boolean, asker: Asker): Promise<boolean>;
}
