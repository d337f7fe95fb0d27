import type { JsonWebKey } from "node:crypto";
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

/** Makes the HMAC-SHA-256 of a server-made secret under the configured pepper. */
export type SecretDigest = (secret: string) => Buffer;

/** Public keys at a client's `jwks_uri`. */
export interface RemoteKeys {
  /**
   * @param isWanted tells whether a key is the one the caller needs; if no cached key is, newer keys may be fetched
   * @throws Unavailable if they cannot be fetched and none are cached
   */
  fetch(uri: string, isWanted: (key: JsonWebKey) => boolean): Promise<readonly JsonWebKey[]>;
}
