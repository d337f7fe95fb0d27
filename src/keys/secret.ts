import { createHmac, createSecretKey, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import type { SecretDigest } from "../engine/ports";

/** What a server-made secret is for; stands in front of it, so that a leaked one can be recognised and traced. */
export type SecretKind = "client_secret" | "api_key" | "auth_token";

const prefixes: Record<SecretKind, string> = { client_secret: "pms_", api_key: "pmk_", auth_token: "pma_" };

/**
 * A secret of 256 random bits from `[A-Za-z0-9_-]`: prefix, the bits in base64url, and a CRC-32 in hex by which a scanner
 * can tell a real one from something that only looks like it.
 */
export function makeSecret(kind: SecretKind): string {
  const body = prefixes[kind] + randomBytes(32).toString("base64url");
  return `${body}${crc32(body).toString(16).padStart(8, "0")}`;
}

/**
 * How secrets are stored and compared: HMAC-SHA-256 under the pepper. Enough, because they are random and long; a slow
 * hash is for passwords that people choose.
 */
export function makeSecretDigest(pepper: Buffer): SecretDigest {
  const key = createSecretKey(pepper);
  return (secret) => createHmac("sha256", key).update(secret).digest();
}
