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
  return [...faults, ...(jwks ?? []).flatMap(findJwkFaults), ...(jwks?.length === 0 ? ["the JWKS holds no key"] : [])];
}

function findJwkFaults(jwk: JsonWebKey): string[] {
  if (hasPrivateMember(jwk)) return ["the JWKS holds a private or secret key; give public keys only"];
  const fault = findKeyFault(jwk);
  return fault === undefined ? [] : [`a key of the JWKS ${fault}; keys must be RSA of at least ${modulusBits.least} bits, or EC on P-256`];
}

function isFetchable(uri: string): boolean {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (url === undefined) return false;
  return url.protocol === "https:" || (url.protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname));
}
