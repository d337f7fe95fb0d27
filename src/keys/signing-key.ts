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

/** What signing keys are sealed under. */
export interface MasterKeys {
  masterKey: Buffer;
  /** While the master key is being changed, the one that comes: what is sealed under either of them opens. */
  newMasterKey?: Buffer | undefined;
}

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
  changeExclusively<T>(work: (store: SigningKeyChanges) => Promise<T>): Promise<T>;
}

/** What can be done in one go. */
export type SigningKeyChanges = Omit<SigningKeyStore, "changeExclusively">;

const makePair = promisify(generateKeyPair);

/** A key as it was made, which nobody may see before it is sealed. */
export interface UnsealedKey {
  kid: string;
  algorithm: SigningAlgorithm;
  plain: Buffer;
  publicJwk: JsonWebKey | null;
}

/**
 * Makes a key. RSA keys have 2048 bits (RFC 7518 §3.3, FAPI 2.0 §5.4.1), EC keys lie on P-256, HMAC keys have 256 bits.
 * The kid is the RFC 7638 thumbprint; for HMAC keys a random one, because a thumbprint would tell of the key.
 */
export async function makeUnsealedKey(algorithm: SigningAlgorithm): Promise<UnsealedKey> {
  if (algorithm === "HS256") return { kid: randomBytes(24).toString("base64url"), algorithm, plain: randomBytes(32), publicJwk: null };
  const { privateKey, publicKey } =
    algorithm === "ES256" ? await makePair("ec", { namedCurve: "P-256" }) : await makePair("rsa", { modulusLength: 2048 });
  const jwk = publicKey.export({ format: "jwk" });
  const kid = jwkThumbprint(jwk);
  const plain = privateKey.export({ format: "der", type: "pkcs8" });
  return { kid, algorithm, plain, publicJwk: { ...jwk, kid, use: "sig", alg: algorithm } };
}

/** The key as it is stored. Quick, unlike making one. */
export function sealKey(
  { kid, algorithm, plain, publicJwk }: UnsealedKey,
  generation: number,
  times: { createdAt: number; activeFrom: number },
  masterKey: Buffer,
): SigningKeyRow {
  return { kid, algorithm, generation, ...seal(plain, kid, masterKey), publicJwk, ...times, withdrawnAt: null };
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

/** A signing key is sealed under none of the master keys at hand. The message has a person's next step. */
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
 * The one of the master keys that this key is sealed under.
 * @throws DoesNotOpen
 */
export function findMasterKey(row: SigningKeyRow, keys: MasterKeys): Buffer {
  return unsealRow(row, keys).under;
}

/**
 * What a new key is to be sealed under, as long as nobody changes the keys there are: as they are, so that whoever opens
 * them opens it too. Once one of them is sealed under the coming master key, that is it.
 * @throws DoesNotOpen if they are not ours: nobody could open all of them then
 */
export function chooseSealingKey(rows: readonly SigningKeyRow[], keys: MasterKeys): Buffer {
  const under = rows.map((row) => findMasterKey(row, keys));
  return under.find((each) => each !== keys.masterKey) ?? keys.masterKey;
}

/** @throws DoesNotOpen */
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
  let refused: unknown;
  for (const under of newMasterKey === undefined ? [masterKey] : [masterKey, newMasterKey]) {
    try {
      return { plain: unseal(row, row.kid, under), under };
    } catch (cause) {
      refused = cause;
    }
  }
  throw new UnsealError(row.kid, keys, refused);
}
