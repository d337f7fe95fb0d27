import { createPublicKey, type JsonWebKey, type KeyObject, X509Certificate } from "node:crypto";

/** Bits of an RSA modulus. Shorter ones can be broken (RFC 7518 §3.3), and longer ones make every verification slow. */
export const modulusBits = { least: 2048, most: 8192 };
/** The largest RSA exponent in use is 65537; a longer one makes every verification slow. Smaller ones than 3 are no encryption. */
const exponents = { least: 3n, most: 0xffff_ffffn };

/** Members of a JWK that only the owner of the key may have (RFC 7518 §6.2.2, §6.3.2, §6.4.1). */
const privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

export function hasPrivateMember(jwk: JsonWebKey): boolean {
  return privateMembers.some((name) => jwk[name] !== undefined);
}

/** @returns why a public key is too weak or too expensive to verify with, as the end of a sentence; undefined if it is neither */
export function findStrengthFault({ asymmetricKeyType: type, asymmetricKeyDetails: details = {} }: KeyObject): string | undefined {
  if (type === "ec") return details.namedCurve === "prime256v1" ? undefined : "is not on the curve P-256";
  if (type !== "rsa") return `is neither RSA nor EC but ${type ?? "unknown"}`;
  const { modulusLength: bits = 0, publicExponent: exponent = 0n } = details;
  if (bits < modulusBits.least || bits > modulusBits.most)
    return `is RSA of ${bits} bits; it must have at least ${modulusBits.least} and at most ${modulusBits.most}`;
  if (exponent < exponents.least || exponent > exponents.most || exponent % 2n === 0n)
    return "has an RSA exponent that is not an odd number from 3 to 2^32; 65537 is usual";
  return undefined;
}

/** @returns why a client cannot authenticate with this key of its key set, as the end of a sentence; undefined if it can */
export function findKeyFault(jwk: JsonWebKey): string | undefined {
  if (hasPrivateMember(jwk)) return "has a private or secret member";
  if (jwk.use !== undefined && jwk.use !== "sig") return "is not for signatures, by its use";
  const key = parsePublicKey(jwk);
  if (key === undefined) return "is not a public key of a kind that is known here";
  const weakness = findStrengthFault(key);
  if (weakness !== undefined) return weakness;
  return jwk.x5c === undefined || startsWithCertificateOf(jwk.x5c, key.export({ type: "spki", format: "der" }))
    ? undefined
    : "has an x5c that does not begin with a certificate of that very key (RFC 7517 §4.7)";
}

function parsePublicKey(jwk: JsonWebKey): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk, format: "jwk" });
  } catch {
    return undefined;
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
