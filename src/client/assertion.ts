/** A private key as a JSON Web Key (RFC 7517), such as `{ kty: "EC", crv: "P-256", x, y, d }`. */
export interface Jwk {
  readonly kty: string;
  readonly [member: string]: unknown;
}

/** Signs claims with a key that the client never sees, such as one in a vault. @returns a JWT */
export type SignClaims = (claims: Readonly<Record<string, unknown>>) => string | Promise<string>;

/** How long an assertion is good for; it is sent at once. */
const lifetimeSeconds = 60;

/**
 * Adds times and an id to the claims of an assertion, and signs them with WebCrypto.
 * @param now epoch milliseconds
 */
export async function makeAssertion(claims: Readonly<Record<string, string>>, signer: Jwk | SignClaims, now: number): Promise<string> {
  const issuedAt = Math.floor(now / 1000);
  const all = { ...claims, iat: issuedAt, exp: issuedAt + lifetimeSeconds, jti: crypto.randomUUID() };
  return typeof signer === "function" ? signer(all) : signJwt(all, signer);
}

const algorithms = {
  ES256: [
    { name: "ECDSA", namedCurve: "P-256" },
    { name: "ECDSA", hash: "SHA-256" },
  ],
  RS256: [{ name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, { name: "RSASSA-PKCS1-v1_5" }],
  PS256: [
    { name: "RSA-PSS", hash: "SHA-256" },
    { name: "RSA-PSS", saltLength: 32 },
  ],
} as const;

async function signJwt(claims: object, jwk: Jwk): Promise<string> {
  const named = typeof jwk.alg === "string" ? jwk.alg : jwk.kty === "EC" ? "ES256" : "RS256";
  const [, found] = Object.entries(algorithms).find(([name]) => name === named) ?? [];
  if (found === undefined) throw new Error(`a key for ${named} cannot sign here; use one for ES256, RS256 or PS256, or \`sign\``);
  // These could forbid what the caller wants.
  const material = Object.fromEntries(Object.entries(jwk).filter(([member]) => !["use", "alg", "key_ops"].includes(member)));
  const key = await crypto.subtle.importKey("jwk", material, found[0], false, ["sign"]);
  const header = { alg: named, typ: "JWT", ...(jwk.kid === undefined ? {} : { kid: jwk.kid }) };
  const text = [header, claims].map((part) => encodeBase64url(new TextEncoder().encode(JSON.stringify(part)))).join(".");
  const signature = await crypto.subtle.sign(found[1], key, new TextEncoder().encode(text));
  return `${text}.${encodeBase64url(new Uint8Array(signature))}`;
}

/** RFC 7515 §2. */
export function encodeBase64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
