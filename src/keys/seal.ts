import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** A private key as it is stored: encrypted under a data key, which is encrypted under the master key. */
export interface SealedKey {
  sealedPrivateKey: Buffer;
  sealedDataKey: Buffer;
}

const ivBytes = 12;
const tagBytes = 16;

/**
 * Envelope encryption with AES-256-GCM. The kid is authenticated with it, so that one row cannot stand in for another.
 * @param masterKey 32 bytes
 */
export function seal(plain: Buffer, kid: string, masterKey: Buffer): SealedKey {
  const dataKey = randomBytes(32);
  return { sealedPrivateKey: encrypt(plain, dataKey, kid), sealedDataKey: encrypt(dataKey, masterKey, kid) };
}

/** @throws Error if it was sealed under another master key, or the row was tampered with */
export function unseal(sealed: SealedKey, kid: string, masterKey: Buffer): Buffer {
  return decrypt(sealed.sealedPrivateKey, decrypt(sealed.sealedDataKey, masterKey, kid), kid);
}

/**
 * Seals the data key under another master key. The private key, which the data key encrypts, stays as it is.
 * @throws Error if it was not sealed under `from`, or the row was tampered with
 */
export function reseal(sealedDataKey: Buffer, kid: string, from: Buffer, to: Buffer): Buffer {
  return encrypt(decrypt(sealedDataKey, from, kid), to, kid);
}

function encrypt(plain: Buffer, key: Buffer, context: string): Buffer {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(context));
  return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(sealed: Buffer, key: Buffer, context: string): Buffer {
  const tagAt = sealed.length - tagBytes;
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, ivBytes), { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(context)).setAuthTag(sealed.subarray(tagAt));
  return Buffer.concat([decipher.update(sealed.subarray(ivBytes, tagAt)), decipher.final()]);
}
