import { createHmac, createSecretKey, hkdfSync, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import type { SecretDigest } from "../engine/ports/clients";

/** What each kind of server-made secret begins with: stands in front of it, so that a leaked one can be recognised and traced. */
const prefixes = {
  client_secret: "pms_",
  api_key: "pmk_",
  auth_token: "pma_",
  one_time_token: "pmo_",
  authorization_code: "pmc_",
  refresh_token: "pmr_",
  device_code: "pmd_",
  session: "pmb_",
} as const;
export type SecretKind = keyof typeof prefixes;

/**
 * A secret of 256 random bits from `[A-Za-z0-9_-]`: prefix, the bits in base64url, and a CRC-32 in hex by which a scanner
 * can tell a real one from something that only looks like it.
 */
export function makeSecret(kind: SecretKind): string {
  return formatSecret(kind, randomBytes(32));
}

/** Whether this is meant for a refresh token of ours, by the prefix; whether it is one is for the database to say. */
export function isRefreshToken(token: string): boolean {
  return token.startsWith(prefixes.refresh_token);
}

function formatSecret(kind: SecretKind, bits: Buffer): string {
  const body = prefixes[kind] + bits.toString("base64url");
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

/**
 * Derives the refresh token that takes another's place. It is always the same for the same token, so a client whose answer
 * was lost can be given it again although nobody kept it; and only who has the pepper can derive it.
 */
export function makeSuccessorDeriver(pepper: Buffer): (refreshToken: string) => string {
  const key = createSecretKey(Buffer.from(hkdfSync("sha256", pepper, "", "polymint refresh token successor", 32)));
  return (refreshToken) => formatSecret("refresh_token", createHmac("sha256", key).update(refreshToken).digest());
}
