import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { verify } from "jsonwebtoken";
import { LRUCache } from "lru-cache";
import { type AssertionAlgorithm, assertionKeyTypes } from "../engine/client";

/** Keys tried when the assertion names none. The limit keeps one request from costing many verifications. */
const mostKeysTried = 4;
const parsed = new LRUCache<string, KeyObject>({ max: 1000 });

/**
 * Whether one of these keys made this signature, with exactly this algorithm (RFC 8725 §3.1). A key is used only if its
 * type fits, it is not meant for encryption, and its own `alg`, where it has one, agrees.
 * @param kid undefined if the assertion names no key
 */
export function isSignedByAny(
  keys: readonly JsonWebKey[],
  assertion: string,
  algorithm: AssertionAlgorithm,
  kid: string | undefined,
): boolean {
  return keys
    .filter((key) => isFitFor(key, algorithm) && (kid === undefined || key.kid === kid))
    .slice(0, mostKeysTried)
    .some((key) => isSignedByJwk(key, assertion, algorithm));
}

/** Whether this key made this signature, with exactly this algorithm. assertion-claims.ts checks the times, by the server's own clock. */
export function isSignedBy(key: KeyObject, assertion: string, algorithm: AssertionAlgorithm): boolean {
  try {
    verify(assertion, key, { algorithms: [algorithm], ignoreExpiration: true, ignoreNotBefore: true });
    return true;
  } catch {
    return false;
  }
}

function isFitFor(key: JsonWebKey, algorithm: AssertionAlgorithm): boolean {
  const forSigning = key.use === undefined || key.use === "sig";
  const sameAlgorithm = key.alg === undefined || key.alg === algorithm;
  return key.kty === assertionKeyTypes[algorithm] && forSigning && sameAlgorithm;
}

function isSignedByJwk(key: JsonWebKey, assertion: string, algorithm: AssertionAlgorithm): boolean {
  try {
    return isSignedBy(parseJwk(key), assertion, algorithm);
  } catch {
    // The registered JWK is not a valid key.
    return false;
  }
}

/** Parsed keys are remembered: parsing costs three times as much as the verification. */
function parseJwk(key: JsonWebKey): KeyObject {
  const name = createHash("sha256")
    .update(JSON.stringify([key.kty, key.crv, key.x, key.y, key.n, key.e]))
    .digest("base64");
  const known = parsed.get(name);
  if (known !== undefined) return known;
  const made = createPublicKey({ key, format: "jwk" });
  parsed.set(name, made);
  return made;
}
