import type { JsonWebKey } from "node:crypto";
import type { Client } from "../client";

/** Clients by what a request presents. Answers may be up to two seconds old. Throws `Unavailable`. */
export interface ClientRegistry {
  findById(clientId: string): Promise<Client | undefined>;
  /** The client whose live secret has this digest; for API keys, which name nobody. */
  findBySecretDigest(digest: Buffer): Promise<Client | undefined>;
}

/** HMAC-SHA-256 of a server-made secret under the configured pepper. */
export type SecretDigest = (secret: string) => Buffer;

/** Public keys behind a client's `jwks_uri`. */
export interface RemoteKeys {
  /**
   * @param isWanted what the caller looks for: where none of the keys at hand is it, newer ones may be fetched
   * @throws Unavailable if they cannot be fetched and none are cached
   */
  fetch(uri: string, isWanted: (key: JsonWebKey) => boolean): Promise<readonly JsonWebKey[]>;
}
