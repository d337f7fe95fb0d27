import type { JsonWebKey } from "node:crypto";
import { type AssertionAlgorithm, assertionAlgorithms, assertionKeyTypes, type AuthMethod } from "../engine/client";
import { findKeyFault, hasPrivateMember, modulusBits } from "../x509/public-keys";
import type { RegistrationFacts } from "./registration";

/** Methods by which a client proves possession of a registered key. */
const keyMethods: readonly AuthMethod[] = ["private_key_jwt", "self_signed_tls_client_auth"];

/** @returns a sentence for each fault of a client's public keys */
export function findKeyFaults({ authMethods, jwks, jwksUri, assertionAlgorithms: allowed = [] }: RegistrationFacts): string[] {
  const faults: string[] = [];
  const ownMethods = keyMethods.filter((method) => authMethods.includes(method));
  if (ownMethods.length > 0 && jwks === undefined && jwksUri === undefined)
    faults.push(`${ownMethods.join(" and ")} needs the client's public keys: give a JWKS file or URL`);
  if (ownMethods.length === 0 && (jwks !== undefined || jwksUri !== undefined))
    faults.push(`keys are of use only with ${keyMethods.join(" or ")}`);
  if (jwksUri !== undefined && !isFetchable(jwksUri)) faults.push("a jwks_uri must be https (http only for localhost)");
  if (jwks === undefined) return faults;
  const setFaults = findSetFaults(jwks);
  const signs = authMethods.includes("private_key_jwt");
  return [...faults, ...setFaults, ...(signs && setFaults.length === 0 ? findAlgorithmFaults(sortKeys(jwks).usable, allowed) : [])];
}

/**
 * Sorts the keys of a JWK set: what cannot be used is left out (RFC 7517 §5).
 * @returns the usable ones, and a sentence for each of the others
 */
export function sortKeys(jwks: readonly JsonWebKey[]): { usable: readonly JsonWebKey[]; leftOut: readonly string[] } {
  const judged = jwks.map((jwk, index) => ({ jwk, name: nameKey(jwk, index), fault: findKeyFault(jwk) }));
  return {
    usable: judged.flatMap(({ jwk, fault }) => (fault === undefined ? [jwk] : [])),
    leftOut: judged.flatMap(({ name, fault }) => (fault === undefined ? [] : [`${name} ${fault}`])),
  };
}

function nameKey({ kid }: JsonWebKey, index: number): string {
  return `key ${index + 1}${typeof kid === "string" ? ` (kid ${JSON.stringify(kid.slice(0, 100))})` : ""}`;
}

function findSetFaults(jwks: readonly JsonWebKey[]): string[] {
  if (jwks.length === 0) return ["the JWKS holds no key"];
  if (jwks.some(hasPrivateMember)) return ["the JWKS holds a private or secret key; give public keys only"];
  const { usable, leftOut } = sortKeys(jwks);
  const needed = `keys must be RSA of at least ${modulusBits.least} bits, or EC on P-256`;
  return usable.length > 0 ? [] : [`no key of the JWKS can be used: ${leftOut.join("; ")}; ${needed}`];
}

/** A client without a key for any of its algorithms could never authenticate. */
function findAlgorithmFaults(keys: readonly JsonWebKey[], allowed: readonly AssertionAlgorithm[]): string[] {
  const fitting = assertionAlgorithms.filter((algorithm) => keys.some((key) => isForAlgorithm(key, algorithm)));
  if (fitting.some((algorithm) => allowed.includes(algorithm))) return [];
  const remedy = fitting.length === 0 ? `give a key for ${allowed.join(" or ")}` : `add --assertion-alg ${fitting.join(" or ")}`;
  return [`none of its keys can sign ${allowed.join(" or ")}, which is all that it is registered for; ${remedy}`];
}

function isForAlgorithm({ kty, alg }: JsonWebKey, algorithm: AssertionAlgorithm): boolean {
  return kty === assertionKeyTypes[algorithm] && (alg === undefined || alg === algorithm);
}

function isFetchable(uri: string): boolean {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (url === undefined) return false;
  return url.protocol === "https:" || (url.protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname));
}
