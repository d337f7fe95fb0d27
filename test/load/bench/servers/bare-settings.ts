/** What the bare server's process and the benchmark both know. */
import { createHmac, type JsonWebKey } from "node:crypto";
import type { PoolConfig } from "pg";

export const issuer = "http://bare.test";

/** What the process is started with. */
export interface BareSettings {
  connection: PoolConfig;
  /** The secret of every client, and the key of the digests of refresh tokens. */
  secret: string;
  /** The public key of the client that signs assertions. */
  clientKey: JsonWebKey;
}

/** Digests refresh tokens as Polymint does. */
export function makeBareDigest(secret: string): (token: string) => Buffer {
  return (token) => createHmac("sha256", secret).update(token).digest();
}
