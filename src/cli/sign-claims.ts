import { createPrivateKey, type JsonWebKey, type KeyObject, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { type AssertionAlgorithm, assertionAlgorithms } from "../engine/client";
import { CommandError } from "./errors";
import { type CommandOutput, formatTime } from "./output";

export interface SigningOptions {
  /** File with the private key, PEM or JWK. */
  key: string;
  /** Otherwise what the key says, else PS256 for RSA and ES256 for EC. */
  alg?: AssertionAlgorithm;
  /** Seconds until the assertion expires. */
  lifetime: number;
  /** Otherwise the JWK's own, else none. */
  kid?: string;
}

interface SignedClaims {
  assertion: string;
  /** Epoch seconds. */
  expiresAt: number;
}

/**
 * Signs claims as a fresh JWT that can be used once: with `jti`, `iat` and `exp`.
 * @param now epoch milliseconds
 * @throws CommandError if the file has no private key that fits
 */
export async function signClaims(claims: Readonly<Record<string, string>>, options: SigningOptions, now: number): Promise<SignedClaims> {
  const { key, jwk } = readKey(options.key);
  const algorithm = options.alg ?? chooseAlgorithm(key, jwk);
  const kid = options.kid ?? jwk.kid;
  const issuedAt = Math.floor(now / 1000);
  const expiresAt = issuedAt + options.lifetime;
  const { default: jwt } = await import("jsonwebtoken");
  const header = { alg: algorithm, typ: "JWT", ...(typeof kid === "string" ? { kid } : {}) };
  const assertion = attempt(
    () => jwt.sign({ ...claims, jti: randomUUID(), iat: issuedAt, exp: expiresAt }, key, { algorithm, header }),
    `the key in ${options.key} does not fit ${algorithm}: RSA needs 2048 bits or more, EC the curve P-256`,
  );
  return { assertion, expiresAt };
}

/** An assertion as the output of a command. @param type its `client_assertion_type`, where the request has one (RFC 7521 §4.2) */
export function formatAssertion({ assertion, expiresAt }: SignedClaims, type?: string): CommandOutput {
  const kind = type === undefined ? {} : { client_assertion_type: type };
  return { json: { client_assertion: assertion, ...kind, expires_at: formatTime(expiresAt) }, text: assertion };
}

function readKey(file: string): { key: KeyObject; jwk: JsonWebKey } {
  const text = attempt(() => readFileSync(file, "utf8"), `the key file ${file} cannot be read`);
  if (/^-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(text)) {
    throw new CommandError("usage", `the key in ${file} has a passphrase; remove it with: openssl pkey -in ${file} -out plain.pem`);
  }
  const otherwise = `${file} holds no private key in PEM or JWK form`;
  if (!text.trimStart().startsWith("{")) return { key: attempt(() => createPrivateKey(text), otherwise), jwk: {} };
  const jwk = attempt(() => JSON.parse(text) as JsonWebKey, otherwise);
  return { key: attempt(() => createPrivateKey({ key: jwk, format: "jwk" }), otherwise), jwk };
}

function chooseAlgorithm(key: KeyObject, jwk: JsonWebKey): AssertionAlgorithm {
  const named = assertionAlgorithms.find((algorithm) => algorithm === jwk.alg);
  return named ?? (key.asymmetricKeyType === "ec" ? "ES256" : "PS256");
}

/** @param otherwise the message of the error if the work throws @throws CommandError */
function attempt<T>(work: () => T, otherwise: string): T {
  try {
    return work();
  } catch (cause) {
    throw new CommandError("usage", otherwise, cause);
  }
}
