import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPair,
  hash,
  type JsonWebKey,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import { promisify } from "node:util";
import type { SigningAlgorithm } from "../engine/client";
import { seal, unseal } from "./seal";

/** The keys that signing keys are sealed under. */
export interface MasterKeys {
  masterKey: Buffer;
  /** While the master key is being changed, the new one: keys sealed under either of the two open. */
  newMasterKey?: Buffer | undefined;
}

/** A signing key as it is stored. Times are epoch seconds. */
export interface SigningKeyRow {
  kid: string;
  algorithm: SigningAlgorithm;
  /** Counts the keys of one algorithm from 1. Of the keys that may sign already, the one with the highest generation signs. */
  generation: number;
  sealedPrivateKey: Buffer;
  sealedDataKey: Buffer;
  /** Null for HS256, which has no public key. */
  publicJwk: JsonWebKey | null;
  createdAt: number;
  activeFrom: number;
  /** When it was taken out of use in an emergency; null for other keys. */
  withdrawnAt: number | null;
}

/** The store of signing keys. */
export interface SigningKeyStore {
  list(): Promise<SigningKeyRow[]>;
  /** @returns false if another server made the key of this algorithm and generation first. */
  insertIfAbsent(row: SigningKeyRow): Promise<boolean>;
  /** @param at epoch seconds @returns false if there is no such key, or it was withdrawn before */
  withdraw(kid: string, at: number): Promise<boolean>;
  /** Lets a waiting key sign earlier. @param from epoch seconds */
  bringForward(kid: string, from: number): Promise<void>;
  /** Replaces the sealed data key. */
  reseal(kid: string, sealedDataKey: Buffer): Promise<void>;
  /** Applies all changes of `work` or none, while no other process changes a key. @throws what `work` throws */
  changeExclusively<T>(work: (store: SigningKeyChanges) => Promise<T>): Promise<T>;
}

/** What can be done within one exclusive change. */
export type SigningKeyChanges = Omit<SigningKeyStore, "changeExclusively">;

const makePair = promisify(generateKeyPair);

/** A new key. It must be sealed before it leaves this process. */
export interface UnsealedKey {
  kid: string;
  algorithm: SigningAlgorithm;
  plain: Buffer;
  publicJwk: JsonWebKey | null;
}

/**
 * Generates a key. RSA keys have 2048 bits (RFC 7518 §3.3, FAPI 2.0 §5.4.1), EC keys are on P-256, HMAC keys have 256 bits.
 * The kid is the RFC 7638 thumbprint; for HMAC keys it is random, because a thumbprint would be a hash of the secret.
 */
export async function makeUnsealedKey(algorithm: SigningAlgorithm): Promise<UnsealedKey> {
  if (algorithm === "HS256") return { kid: randomBytes(24).toString("base64url"), algorithm, plain: randomBytes(32), publicJwk: null };
  const { privateKey, publicKey } =
    algorithm === "ES256" ? await makePair("ec", { namedCurve: "P-256" }) : await makePair("rsa", { modulusLength: 2048 });
  const jwk = publicKey.export({ format: "jwk" });
  const kid = computeJwkThumbprint(jwk);
  const plain = privateKey.export({ format: "der", type: "pkcs8" });
  return { kid, algorithm, plain, publicJwk: { ...jwk, kid, use: "sig", alg: algorithm } };
}

/** @returns the row to store. Unlike generating a key, sealing it is fast. */
export function sealKey(
  { kid, algorithm, plain, publicJwk }: UnsealedKey,
  generation: number,
  times: { createdAt: number; activeFrom: number },
  masterKey: Buffer,
): SigningKeyRow {
  return { kid, algorithm, generation, ...seal(plain, kid, masterKey), publicJwk, ...times, withdrawnAt: null };
}

/** RFC 7638 §3: SHA-256 over the required members in lexical order, base64url. */
export function computeJwkThumbprint(jwk: JsonWebKey): string {
  const members = jwk.kty === "EC" ? { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y } : { e: jwk.e, kty: jwk.kty, n: jwk.n };
  return hash("sha256", JSON.stringify(members), "base64url");
}

/** A stored key, decrypted and parsed. */
export interface OpenedKey {
  kid: string;
  algorithm: SigningAlgorithm;
  signWith: KeyObject;
  verifyWith: KeyObject;
}

/** A signing key is sealed under none of the configured master keys. The message says what the operator should do. */
export class UnsealError extends Error {
  override readonly name = "UnsealError";

  constructor(
    readonly kid: string,
    { newMasterKey }: MasterKeys,
    cause: unknown,
  ) {
    const either = newMasterKey === undefined ? "POLYMINT_MASTER_KEY" : "POLYMINT_MASTER_KEY or POLYMINT_NEW_MASTER_KEY";
    super(
      `signing key ${kid} does not open: is ${either} the one this database was set up with? After \`polymint key reencrypt\` it is the new one`,
      { cause },
    );
  }
}

/**
 * Finds out which of the master keys this key is sealed under.
 * @throws UnsealError
 */
export function findMasterKey(row: SigningKeyRow, keys: MasterKeys): Buffer {
  return unsealRow(row, keys).under;
}

/**
 * Chooses the master key for a new key, so that every server that opens the existing keys opens the new one too: the new
 * master key as soon as one existing key is sealed under it. Valid only as long as no other process changes the keys.
 * @param rows all existing keys
 * @throws UnsealError if an existing key does not open: no server could open all keys then
 */
export function chooseSealingKey(rows: readonly SigningKeyRow[], keys: MasterKeys): Buffer {
  const under = rows.map((row) => findMasterKey(row, keys));
  return under.find((each) => each !== keys.masterKey) ?? keys.masterKey;
}

/** @throws UnsealError */
export function openSigningKey(row: SigningKeyRow, keys: MasterKeys): OpenedKey {
  const { plain } = unsealRow(row, keys);
  const { kid, algorithm } = row;
  if (algorithm === "HS256") {
    const key = createSecretKey(plain);
    return { kid, algorithm, signWith: key, verifyWith: key };
  }
  const signWith = createPrivateKey({ key: plain, format: "der", type: "pkcs8" });
  return { kid, algorithm, signWith, verifyWith: createPublicKey(signWith) };
}

function unsealRow(row: SigningKeyRow, keys: MasterKeys): { plain: Buffer; under: Buffer } {
  const { masterKey, newMasterKey } = keys;
  let failure: unknown;
  for (const under of newMasterKey === undefined ? [masterKey] : [masterKey, newMasterKey]) {
    try {
      return { plain: unseal(row, row.kid, under), under };
    } catch (cause) {
      failure = cause;
    }
  }
  throw new UnsealError(row.kid, keys, failure);
}
