/** Signs assertions, and makes assertions that are bad in every way that a JWT can be. */
import { generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";
import { sign as hmacSigned } from "jsonwebtoken";
import { makeLookalike } from "./faults";
import type { MatrixRow, RequestFlow } from "./matrix";

/** The signer of an assertion, and the claims of a good one. */
export interface AssertionSigner {
  id: string;
  algorithm: "ES256" | "RS256";
  privateKey: KeyObject;
  publicKey: KeyObject;
  kid?: string;
  /** All but `jti`. */
  claims: Readonly<Record<string, unknown>>;
}

/** Parts of an assertion. Claims that are undefined are left out. */
interface AssertionParts {
  header?: Record<string, unknown>;
  claims?: Record<string, unknown>;
  key?: KeyObject;
}

const encodePart = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const otherKeys = { ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }), RS256: generateKeyPairSync("rsa", { modulusLength: 2048 }) };

/** Signs a good assertion. @param parts replace the usual ones */
export function signAssertion(signer: AssertionSigner, parts: AssertionParts = {}): string {
  const { algorithm, kid, privateKey } = signer;
  const header = { alg: algorithm, typ: "JWT", kid, ...parts.header };
  const claims = { jti: randomUUID(), ...signer.claims, ...parts.claims };
  const input = `${encodePart(header)}.${encodePart(claims)}`;
  const signature = sign("sha256", Buffer.from(input), { key: parts.key ?? privateKey, dsaEncoding: "ieee-p1363" });
  return `${input}.${signature.toString("base64url")}`;
}

/** @param now epoch seconds @returns claims that make an assertion bad, by the name of the fault */
export function makeBadTimes(now: number): Record<string, Record<string, unknown>> {
  return {
    "exp a minute ago": { exp: now - 60 },
    "exp now": { exp: now },
    "no exp": { exp: undefined },
    "exp in words": { exp: String(now + 60) },
    "exp a day ahead": { exp: now + 86_400 },
    "exp beyond all time": { exp: 1e300 },
    "iat a minute and more ahead": { iat: now + 61 },
    "iat in words": { iat: String(now) },
    "nbf a minute and more ahead": { nbf: now + 61 },
  };
}

/** Values of `jti` that the server must not accept, since it cannot store them. */
export const badIds: Record<string, Record<string, unknown>> = {
  "no jti": { jti: undefined },
  "an empty jti": { jti: "" },
  "a jti with NUL": { jti: "one\0" },
  "a jti of 256 characters": { jti: "x".repeat(256) },
  "a jti of 4 KB": { jti: "x".repeat(4_096) },
  "a jti that is a number": { jti: 1 },
  "a jti in a list": { jti: ["one"] },
};

/** JWTs that are bad for another reason than their claims. @param claims of a good assertion, `jti` included */
function makeBadSignatures(signer: AssertionSigner, claims: Record<string, unknown>): Record<string, string> {
  const valid = signAssertion(signer, { claims });
  const [header = "", payload = "", signature = ""] = valid.split(".");
  const { algorithm, publicKey, kid } = signer;
  const pem = publicKey.export({ type: "spki", format: "pem" });
  const hmac = hmacSigned({ ...signer.claims, ...claims }, pem, {
    algorithm: "HS256",
    noTimestamp: true,
    ...(kid === undefined ? {} : { keyid: kid }),
  });
  const other = algorithm === "ES256" ? "RS256" : "ES256";
  return {
    "a signature that is made up": `${header}.${payload}.${makeLookalike(signature)}`,
    "a signature with one character changed": `${header}.${payload}.${signature.slice(0, 20)}${signature[20] === "A" ? "B" : "A"}${signature.slice(21)}`,
    "a signature cut in half": `${header}.${payload}.${signature.slice(0, 40)}`,
    "no signature": `${header}.${payload}.`,
    "claims that were not signed": `${header}.${encodePart({ ...signer.claims, ...claims, more: 1 })}.${signature}`,
    "another key's signature": signAssertion(signer, { claims, key: otherKeys[algorithm].privateKey }),
    "alg none": `${encodePart({ alg: "none", kid })}.${payload}.`,
    "alg HS256 under the public key": hmac,
    "another alg than it is": signAssertion(signer, { claims, header: { alg: other } }),
    "another alg and key": `${encodePart({ alg: other, kid })}.${payload}.${signAssertion({ ...signer, algorithm: other, privateKey: otherKeys[other].privateKey }).split(".")[2]}`,
    "typ of an access token": signAssertion(signer, { claims, header: { typ: "at+jwt" } }),
    crit: signAssertion(signer, { claims, header: { crit: ["exp"] } }),
    "a kid that is a number": signAssertion(signer, { claims, header: { kid: 1 } }),
    "two parts": `${header}.${payload}`,
    "four parts": `${valid}.${signature}`,
    "a header that is no JSON": `${encodePart("x").slice(1)}.${payload}.${signature}`,
    "claims that are a list": `${header}.${encodePart([])}.${signature}`,
    "claims that are no UTF-8": `${header}.${Buffer.from([0x7b, 0xff, 0x7d]).toString("base64url")}.${signature}`,
  };
}

/**
 * A special case for each of these faults: a bad assertion, and then a good one with the same `jti`, which the bad one must
 * not have used up.
 * @param makeClaims makes claims that make an assertion bad, by the names in `names`
 */
export function makeBadAssertions(
  names: readonly string[],
  makeSigner: () => Promise<AssertionSigner>,
  makeClaims: (signer: AssertionSigner) => Promise<Record<string, Record<string, unknown>>>,
  { part, makeRequest }: Pick<MatrixRow, "part"> & Pick<RequestFlow, "makeRequest">,
): NonNullable<MatrixRow["specialCases"]> {
  const signatures = Object.keys(makeBadSignatures(placeholderSigner, {}));
  return Object.fromEntries(
    [...names, ...Object.keys(makeBadTimes(0)), ...Object.keys(badIds), ...signatures].map((name) => [
      name,
      async () => {
        const own = await makeSigner();
        const jti = randomUUID();
        const good = part.replace(await makeRequest(), signAssertion(own, { claims: { jti } }));
        const now = Number(own.claims.iat);
        const bad = { ...(await makeClaims(own)), ...makeBadTimes(now), ...badIds }[name];
        const text = bad === undefined ? makeBadSignatures(own, { jti })[name] : signAssertion(own, { claims: { jti, ...bad } });
        return { bad: part.replace(good, text ?? ""), good };
      },
    ]),
  );
}

const placeholderSigner: AssertionSigner = { id: "", algorithm: "ES256", ...otherKeys.ES256, claims: {} };
