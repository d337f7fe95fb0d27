import type { JsonWebKey } from "node:crypto";
import type { AuthMethod } from "../engine/client";
import { findKeyFault, hasPrivateMember, modulusBits } from "../x509/public-keys";
import type { RegistrationFacts } from "./registration";

/** Methods by which a client proves possession of a registered key. */
const keyMethods: readonly AuthMethod[] = ["private_key_jwt", "self_signed_tls_client_auth"];

/** @returns a sentence for each fault of a client's public keys */
export function findKeyFaults({ authMethods, jwks, jwksUri }: RegistrationFacts): string[] {
  const faults: string[] = [];
  const ownMethods = keyMethods.filter((method) => authMethods.includes(method));
  if (ownMethods.length > 0 && jwks === undefined && jwksUri === undefined)
    faults.push(`${ownMethods.join(" and ")} needs the client's public keys: give a JWKS file or URL`);
  if (ownMethods.length === 0 && (jwks !== undefined || jwksUri !== undefined))
    faults.push(`keys are of use only with ${keyMethods.join(" or ")}`);
  if (jwksUri !== undefined && !isFetchable(jwksUri)) faults.push("a jwks_uri must be https (http only for localhost)");
  return [...faults, ...(jwks === undefined ? [] : findSetFaults(jwks))];
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

function isFetchable(uri: string): boolean {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (url === undefined) return false;
  return url.protocol === "https:" || (url.protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname));
}
