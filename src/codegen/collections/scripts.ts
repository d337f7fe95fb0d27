import type { CollectionRequest } from "./requests";

/** Writes how a script takes a member out of a parsed answer, by a JSON pointer. */
function writeAccess(answer: string, pointer: string): string {
  const names = pointer.split("/").slice(1);
  return answer + names.map((name) => `[${JSON.stringify(name.replaceAll("~1", "/").replaceAll("~0", "~"))}]`).join("");
}

/** How long an assertion is good for, in seconds. */
const lifetime = 60;

/**
 * Signing for Postman. The sandbox of newman 6 has neither WebCrypto nor a library for signatures, so the arithmetic of
 * RSASSA-PKCS1-v1_5 (RFC 8017 §8.2) and of ECDSA (FIPS 186-5 §6.4) stands here. It is for trying an API: it takes no care to run in
 * constant time.
 */
const postmanLibrary = `// Signs a JWT with the JSON Web Key in private_key, ES256 or RS256, and puts it into the variable assertion.
const hashing = require("crypto-js");
const jwk = JSON.parse(pm.variables.get("private_key"));
const toUrl = (base64) => base64.replace(/\\+/g, "-").replace(/\\//g, "_").replace(/=+$/, "");
const encodeHex = (hex) => toUrl(hashing.enc.Base64.stringify(hashing.enc.Hex.parse(hex)));
const encodeJson = (value) => toUrl(hashing.enc.Base64.stringify(hashing.enc.Utf8.parse(JSON.stringify(value))));
const toHex = (base64url) => hashing.enc.Base64.parse(base64url.replace(/-/g, "+").replace(/_/g, "/")).toString();
const toNumber = (base64url) => BigInt("0x" + toHex(base64url));
const pad = (number, bytes) => number.toString(16).padStart(bytes * 2, "0");
const mod = (number, n) => ((number % n) + n) % n;

const power = (base, exponent, n) => {
  let result = 1n;
  for (let rest = exponent; rest > 0n; rest >>= 1n, base = (base * base) % n) if (rest & 1n) result = (result * base) % n;
  return result;
};
const invert = (number, n) => {
  let [a, b, x, y] = [mod(number, n), n, 1n, 0n];
  while (a > 1n) [a, b, x, y] = [b % a, a, y - (b / a) * x, x];
  return mod(x, n);
};

const signRs256 = (digest) => {
  const size = toHex(jwk.n).length / 2;
  const info = "3031300d060960864801650304020105000420" + digest;
  const padded = "0001" + "ff".repeat(size - 3 - info.length / 2) + "00" + info;
  return pad(power(BigInt("0x" + padded), toNumber(jwk.d), toNumber(jwk.n)), size);
};

const p = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const generator = [
  0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
];
const add = (one, other) => {
  if (one === undefined) return other;
  const doubles = one[0] === other[0];
  const slope = doubles ? (3n * one[0] * one[0] - 3n) * invert(2n * one[1], p) : (other[1] - one[1]) * invert(other[0] - one[0], p);
  const x = mod(slope * slope - one[0] - other[0], p);
  return [x, mod(slope * (one[0] - x) - one[1], p)];
};
const multiply = (factor) => {
  let [sum, point] = [undefined, generator];
  for (let rest = factor; rest > 0n; rest >>= 1n, point = add(point, point)) if (rest & 1n) sum = add(sum, point);
  return sum;
};
const signEs256 = (digest) => {
  // A number that depends on key and message alone, as RFC 6979 has it: none is used twice.
  const secret = hashing.HmacSHA256(hashing.enc.Hex.parse(digest), hashing.enc.Hex.parse(toHex(jwk.d))).toString();
  const k = mod(BigInt("0x" + secret), order - 1n) + 1n;
  const r = mod(multiply(k)[0], order);
  return pad(r, 32) + pad(mod(invert(k, order) * (BigInt("0x" + digest) + r * toNumber(jwk.d)), order), 32);
};
`;

/** Signs the assertion of a request in Postman. */
export function writePostmanSigning(claims: Readonly<Record<string, string>>): string[] {
  return `${postmanLibrary}
const now = Math.floor(Date.now() / 1000);
const claims = {
${Object.entries(claims)
  .map(([name, value]) => `  ${JSON.stringify(name)}: pm.variables.replaceIn(${JSON.stringify(value)}),\n`)
  .join("")}  iat: now,
  exp: now + ${lifetime},
  jti: pm.variables.replaceIn("{{$guid}}"),
};
const alg = jwk.kty === "EC" ? "ES256" : "RS256";
const text = encodeJson({ alg, typ: "JWT", ...(jwk.kid && { kid: jwk.kid }) }) + "." + encodeJson(claims);
const digest = hashing.SHA256(text).toString();
pm.variables.set("assertion", text + "." + encodeHex(alg === "ES256" ? signEs256(digest) : signRs256(digest)));`.split("\n");
}

/** Signs the assertion of a request in Bruno, whose safe mode has jsonwebtoken. */
export function writeBrunoSigning(claims: Readonly<Record<string, string>>): string[] {
  return `// Signs a JWT with the PEM in private_key, whose line ends may be written as \\n, and puts it into the variable assertion.
const jwt = require("jsonwebtoken");
const { v4: makeId } = require("uuid");
const now = Math.floor(Date.now() / 1000);
const claims = {
${Object.entries(claims)
  .map(([name, value]) => `  ${JSON.stringify(name)}: bru.interpolate(${JSON.stringify(value)}),\n`)
  .join("")}  iat: now,
  exp: now + ${lifetime},
  jti: makeId(),
};
const key = bru.interpolate("{{private_key}}").replace(/\\\\n/g, "\\n");
bru.setVar("assertion", jwt.sign(claims, key, { algorithm: bru.interpolate("{{signing_alg}}") }));`.split("\n");
}

/** Writes the tests of a request in Postman, which keep what comes after it needs. */
export function writePostmanTests({ keep }: CollectionRequest): string[] {
  return [
    `pm.test("is answered with a success", () => pm.expect(pm.response.code).to.be.within(200, 299));`,
    ...Object.entries(keep).map(
      ([name, pointer]) => `if (pm.response.code < 300) pm.environment.set("${name}", ${writeAccess("pm.response.json()", pointer)});`,
    ),
  ];
}

/** The same for Bruno: what runs after the answer. */
export function writeBrunoKeeping({ keep }: CollectionRequest): string[] {
  return Object.entries(keep).map(
    ([name, pointer]) => `if (res.getStatus() < 300) bru.setVar("${name}", ${writeAccess("res.getBody()", pointer)});`,
  );
}
