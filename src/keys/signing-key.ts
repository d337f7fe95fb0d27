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
import type { SigningAlgorithm } from "../engine/types";
import { seal, unseal } from "./seal";

/** A signing key as it is stored. Times are epoch seconds. */
export interface SigningKeyRow {
  kid: string;
  algorithm: SigningAlgorithm;
  /** Counts the keys of one algorithm from 1; the one with the highest that may sign already, signs. */
  generation: number;
  sealedPrivateKey: Buffer;
  sealedDataKey: Buffer;
  /** Null for HS256, whose key is no one's to see. */
  publicJwk: JsonWebKey | null;
  createdAt: number;
  activeFrom: number;
  /** Taken out of use in an emergency; null for the others. */
  withdrawnAt: number | null;
}

/** Where signing keys are kept. */
export interface SigningKeyStore {
  list(): Promise<SigningKeyRow[]>;
  /** @returns false if another server made the key of this algorithm and generation first. */
  insertIfAbsent(row: SigningKeyRow): Promise<boolean>;
  /** @param at epoch seconds @returns false if there is no such key, or it was withdrawn before */
  withdraw(kid: string, at: number): Promise<boolean>;
  /** Lets a waiting key sign from an earlier moment. @param from epoch seconds */
  bringForward(kid: string, from: number): Promise<void>;
  /** Replaces what a key's own key is sealed to. */
  reseal(kid: string, sealedDataKey: Buffer): Promise<void>;
  /** Does all of this or nothing, while nobody else changes a key. @throws what `work` throws */
  exclusively<T>(work: (store: SigningKeyChanges) => Promise<T>): Promise<T>;
}

/** What can be done in one go. */
export type SigningKeyChanges = Omit<SigningKeyStore, "exclusively">;

const makePair = promisify(generateKeyPair);

/**
 * Makes a key. RSA keys have 2048 bits (RFC 7518 §3.3, FAPI 2.0 §5.4.1), EC keys lie on P-256, HMAC keys have 256 bits.
 * The kid is the RFC 7638 thumbprint; for HMAC keys a random one, because a thumbprint would tell of the key.
 */
export async function makeSigningKey(
  algorithm: SigningAlgorithm,
  generation: number,
  times: { createdAt: number; activeFrom: number },
  masterKey: Buffer,
): Promise<SigningKeyRow> {
  if (algorithm === "HS256") {
    const kid = randomBytes(24).toString("base64url");
    return { kid, algorithm, generation, ...seal(randomBytes(32), kid, masterKey), publicJwk: null, ...times, withdrawnAt: null };
  }
  const { privateKey, publicKey } =
    algorithm === "ES256" ? await makePair("ec", { namedCurve: "P-256" }) : await makePair("rsa", { modulusLength: 2048 });
  const jwk = publicKey.export({ format: "jwk" });
  const kid = jwkThumbprint(jwk);
  const sealed = seal(privateKey.export({ format: "der", type: "pkcs8" }), kid, masterKey);
  return { kid, algorithm, generation, ...sealed, publicJwk: { ...jwk, kid, use: "sig", alg: algorithm }, ...times, withdrawnAt: null };
}

/** RFC 7638 §3: SHA-256 over the required members in lexical order, base64url. */
export function jwkThumbprint(jwk: JsonWebKey): string {
  const members = jwk.kty === "EC" ? { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y } : { e: jwk.e, kty: jwk.kty, n: jwk.n };
  return hash("sha256", JSON.stringify(members), "base64url");
}

/** A stored key, opened. */
export interface OpenedKey {
  kid: string;
  algorithm: SigningAlgorithm;
  signWith: KeyObject;
  verifyWith: KeyObject;
}

/** @throws Error with a person's next step if the master key does not fit. */
export function openSigningKey(row: SigningKeyRow, masterKey: Buffer): OpenedKey {
  const plain = opened(row, masterKey);
  const { kid, algorithm } = row;
  if (algorithm === "HS256") {
    const key = createSecretKey(plain);
    return { kid, algorithm, signWith: key, verifyWith: key };
  }
  const signWith = createPrivateKey({ key: plain, format: "der", type: "pkcs8" });
  return { kid, algorithm, signWith, verifyWith: createPublicKey(signWith) };
}

function opened(row: SigningKeyRow, masterKey: Buffer): Buffer {
  try {
    return unseal(row, row.kid, masterKey);
  } catch (cause) {
    throw new Error(`signing key ${row.kid} does not open: is POLYMINT_MASTER_KEY the one this database was set up with?`, { cause });
  }
}
