import { createHmac, createSecretKey, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import type { SecretDigest } from "../engine/ports/clients";
import { makeDerivedMac } from "./derived-mac";

/** What each kind of server-made secret begins with, so that a leaked one can be recognised and traced. */
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
 * Makes a secret of 256 random bits, in `[A-Za-z0-9_-]`: prefix, the bits in base64url, and a CRC-32 in hex by which a
 * scanner distinguishes a real secret from a look-alike.
 */
export function makeSecret(kind: SecretKind): string {
  return formatSecret(kind, randomBytes(32));
}

/** Whether this has the prefix of a refresh token. Only the database knows whether it is one. */
export function isRefreshToken(token: string): boolean {
  return token.startsWith(prefixes.refresh_token);
}

function formatSecret(kind: SecretKind, bits: Buffer): string {
  const body = prefixes[kind] + bits.toString("base64url");
  return `${body}${crc32(body).toString(16).padStart(8, "0")}`;
}

/**
 * Secrets are stored and compared as HMAC-SHA-256 under the pepper. That is enough because they are random and long; only
 * passwords that people choose need a slow hash.
 */
export function makeSecretDigest(pepper: Buffer): SecretDigest {
  const key = createSecretKey(pepper);
  return (secret) => createHmac("sha256", key).update(secret).digest();
}

/**
 * Derives the successor of a refresh token. It is always the same for the same token, so a client whose response was lost
 * can get it again although it is not stored. Only a holder of the pepper can derive it.
 */
export function makeSuccessorDeriver(pepper: Buffer): (refreshToken: string) => string {
  const mac = makeDerivedMac(pepper, "refresh token successor");
  return (refreshToken) => formatSecret("refresh_token", mac(refreshToken));
}
