import { generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";
import { sign as hmacSigned } from "jsonwebtoken";
import type { Draft } from "./request-builder";
import type { Place } from "./request-parts";
import { likeness } from "./faults";
import type { Row } from "./matrix";

/** Whose assertion it is, and what a good one says. */
export interface Asserter {
  id: string;
  algorithm: "ES256" | "RS256";
  privateKey: KeyObject;
  publicKey: KeyObject;
  kid?: string;
  /** All but `jti`. */
  claims: Readonly<Record<string, unknown>>;
}

/** An assertion in parts. What is undefined is left out. */
interface Parts {
  header?: Record<string, unknown>;
  claims?: Record<string, unknown>;
  key?: KeyObject;
}

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const strangers = { ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }), RS256: generateKeyPairSync("rsa", { modulusLength: 2048 }) };

/** @param parts in place of the usual ones */
export function assertionOf(asserter: Asserter, parts: Parts = {}): string {
  const { algorithm, kid, privateKey } = asserter;
  const header = { alg: algorithm, typ: "JWT", kid, ...parts.header };
  const claims = { jti: randomUUID(), ...asserter.claims, ...parts.claims };
  const input = `${encoded(header)}.${encoded(claims)}`;
  const signature = sign("sha256", Buffer.from(input), { key: parts.key ?? privateKey, dsaEncoding: "ieee-p1363" });
  return `${input}.${signature.toString("base64url")}`;
}

/** @param now epoch seconds @returns claims that make an assertion bad, by what they are called */
export function badTimes(now: number): Record<string, Record<string, unknown>> {
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

/** A `jti` that cannot be remembered. */
export const badIds: Record<string, Record<string, unknown>> = {
  "no jti": { jti: undefined },
  "an empty jti": { jti: "" },
  "a jti with NUL": { jti: "one\0" },
  "a jti of 256 characters": { jti: "x".repeat(256) },
  "a jti of 4 KB": { jti: "x".repeat(4_096) },
  "a jti that is a number": { jti: 1 },
  "a jti in a list": { jti: ["one"] },
};

/** What can be wrong with a JWT apart from its claims. @param claims which a good assertion would have, `jti` included */
function badSignatures(asserter: Asserter, claims: Record<string, unknown>): Record<string, string> {
  const good = assertionOf(asserter, { claims });
  const [header = "", payload = "", signature = ""] = good.split(".");
  const { algorithm, publicKey, kid } = asserter;
  const pem = publicKey.export({ type: "spki", format: "pem" });
  const hmac = hmacSigned({ ...asserter.claims, ...claims }, pem, {
    algorithm: "HS256",
    noTimestamp: true,
    ...(kid === undefined ? {} : { keyid: kid }),
  });
  const other = algorithm === "ES256" ? "RS256" : "ES256";
  return {
    "a signature that is made up": `${header}.${payload}.${likeness(signature)}`,
    "a signature with one character changed": `${header}.${payload}.${signature.slice(0, 20)}${signature[20] === "A" ? "B" : "A"}${signature.slice(21)}`,
    "a signature cut in half": `${header}.${payload}.${signature.slice(0, 40)}`,
    "no signature": `${header}.${payload}.`,
    "claims that were not signed": `${header}.${encoded({ ...asserter.claims, ...claims, more: 1 })}.${signature}`,
    "another key's signature": assertionOf(asserter, { claims, key: strangers[algorithm].privateKey }),
    "alg none": `${encoded({ alg: "none", kid })}.${payload}.`,
    "alg HS256 under the public key": hmac,
    "another alg than it is": assertionOf(asserter, { claims, header: { alg: other } }),
    "another alg and key": `${encoded({ alg: other, kid })}.${payload}.${assertionOf({ ...asserter, algorithm: other, privateKey: strangers[other].privateKey }).split(".")[2]}`,
    "typ of an access token": assertionOf(asserter, { claims, header: { typ: "at+jwt" } }),
    crit: assertionOf(asserter, { claims, header: { crit: ["exp"] } }),
    "a kid that is a number": assertionOf(asserter, { claims, header: { kid: 1 } }),
    "two parts": `${header}.${payload}`,
    "four parts": `${good}.${signature}`,
    "a header that is no JSON": `${encoded("x").slice(1)}.${payload}.${signature}`,
    "claims that are a list": `${header}.${encoded([])}.${signature}`,
    "claims that are no UTF-8": `${header}.${Buffer.from([0x7b, 0xff, 0x7d]).toString("base64url")}.${signature}`,
  };
}

/**
 * An assertion that is bad in each of these ways, and then a good one with the same `jti`: none of the bad ones used it up.
 * @param claims that make it bad, some of them by the `jti` itself
 */
export function badAssertions(
  names: readonly string[],
  asserter: () => Promise<Asserter>,
  claims: (asserter: Asserter) => Promise<Record<string, Record<string, unknown>>>,
  { place, draft }: { place: Place; draft: () => Promise<Draft> },
): NonNullable<Row["specials"]> {
  const signatures = Object.keys(badSignatures(nobody, {}));
  return Object.fromEntries(
    [...names, ...Object.keys(badTimes(0)), ...Object.keys(badIds), ...signatures].map((name) => [
      name,
      async () => {
        const own = await asserter();
        const jti = randomUUID();
        const mended = place.put(await draft(), assertionOf(own, { claims: { jti } }));
        const now = Number(own.claims.iat);
        const bad = { ...(await claims(own)), ...badTimes(now), ...badIds }[name];
        const text = bad === undefined ? badSignatures(own, { jti })[name] : assertionOf(own, { claims: { jti, ...bad } });
        return { bad: place.put(mended, text ?? ""), mended };
      },
    ]),
  );
}

const nobody: Asserter = { id: "", algorithm: "ES256", ...strangers.ES256, claims: {} };
