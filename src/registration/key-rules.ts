import { createPublicKey, type JsonWebKey, X509Certificate } from "node:crypto";
import type { AuthMethod } from "../engine/client";
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
  if (jwk.d !== undefined || jwk.k !== undefined) return ["the JWKS holds a private or secret key; give public keys only"];
  try {
    const key = createPublicKey({ key: jwk, format: "jwk" });
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
    const isStrong = (type === "rsa" && (details?.modulusLength ?? 0) >= 2048) || (type === "ec" && details?.namedCurve === "prime256v1");
    if (!isStrong) return ["keys must be RSA of at least 2048 bits, or EC on P-256"];
    return jwk.x5c === undefined || startsWithCertificateOf(jwk.x5c, key.export({ type: "spki", format: "der" }))
      ? []
      : ["the x5c of a key must begin with a certificate of that very key (RFC 7517 §4.7)"];
  } catch {
    return ["the JWKS holds an entry that is not a public key"];
  }
}

function startsWithCertificateOf(x5c: unknown, publicKey: Buffer): boolean {
  const [first] = Array.isArray(x5c) ? (x5c as unknown[]) : [];
  if (typeof first !== "string") return false;
  try {
    return new X509Certificate(Buffer.from(first, "base64")).publicKey.export({ type: "spki", format: "der" }).equals(publicKey);
  } catch {
    return false;
  }
}

function isFetchable(uri: string): boolean {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (url === undefined) return false;
  return url.protocol === "https:" || (url.protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname));
}
