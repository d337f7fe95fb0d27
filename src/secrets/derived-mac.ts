import { createHmac, createSecretKey, hkdfSync } from "node:crypto";

/** HMAC-SHA-256 of a text, under a key that serves one purpose. */
export type DerivedMac = (text: string) => Buffer;

/**
 * Derives a key from the pepper with HKDF.
 * @param purpose makes the key independent of those for other purposes (RFC 5869 §3.2)
 */
export function makeDerivedMac(pepper: Buffer, purpose: string): DerivedMac {
  const key = createSecretKey(Buffer.from(hkdfSync("sha256", pepper, "", `polymint ${purpose}`, 32)));
  return (text) => createHmac("sha256", key).update(text).digest();
}
