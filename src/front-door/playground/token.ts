import { timingSafeEqual } from "node:crypto";
import { decode, verify } from "jsonwebtoken";
import { hashAccessToken } from "../../engine/id-token";
import type { SigningAlgorithm } from "../../engine/client";
import { isIdTokenType } from "../../engine/token-types";
import type { VerifyingKeys } from "../ports";
import { sayRelative } from "./times";

export interface DecodedToken {
  header: Readonly<Record<string, unknown>>;
  claims: Readonly<Record<string, unknown>>;
}

/** Something that was checked, and what came of it. */
export interface Finding {
  /** `note`: worth knowing, and neither right nor wrong. */
  verdict: "right" | "wrong" | "note";
  /** A sentence. */
  text: string;
}

/** What a token is compared with. */
export interface TokenContext {
  issuer: string;
  /** Epoch milliseconds. */
  now: number;
  /** The client that asked for an id_token. */
  clientId?: string | undefined;
  /** What the request for an id_token carried. */
  nonce?: string | undefined;
  /** The access token that came with an id_token. */
  accessToken?: string | undefined;
}

/** Characters. A longer text is not decoded. */
const longestToken = 16 * 1024;

/** Decodes a JWT without checking it. @returns undefined for any other text */
export function decodeToken(text: string): DecodedToken | undefined {
  if (text.length > longestToken || !/^[\w-]+\.[\w-]+\.[\w-]*$/.test(text)) return undefined;
  try {
    const decoded = decode(text, { complete: true });
    return decoded === null || typeof decoded.payload === "string" ? undefined : { header: { ...decoded.header }, claims: decoded.payload };
  } catch {
    return undefined;
  }
}

/** Tells an id_token from an access token, as this server does. */
export function isIdToken({ header, claims }: DecodedToken): boolean {
  return isIdTokenType(String(header.typ)) && claims.jti === undefined;
}

/** Checks a token as its recipient would, and says what is right and what is wrong. @throws Unavailable if the keys cannot be read */
export async function checkToken(token: string, context: TokenContext, keys: VerifyingKeys): Promise<Finding[]> {
  const decoded = decodeToken(token);
  if (decoded === undefined) return [{ verdict: "note", text: "It is no JWT: only this server can read it." }];
  const signed = await checkSignature(token, decoded, keys);
  const own = isIdToken(decoded) ? checkIdToken(decoded, context) : checkAccessToken(decoded);
  return [...signed, checkIssuer(decoded, context), ...own, ...checkTimes(decoded, context)];
}

const right = (text: string): Finding => ({ verdict: "right", text });
const wrong = (text: string): Finding => ({ verdict: "wrong", text });
const note = (text: string): Finding => ({ verdict: "note", text });

async function checkSignature(token: string, { header: { kid, alg } }: DecodedToken, keys: VerifyingKeys): Promise<Finding[]> {
  if (typeof kid !== "string") return [wrong("kid is missing, so no key can be found for it.")];
  const key = await keys.findVerifyingKey(kid);
  if (key === undefined) {
    return [wrong(`kid names ${kid}, which is no key of this server: another server signed it, or the key was withdrawn.`)];
  }
  const found = key.algorithm === "HS256" ? "a secret of this server that no key set shows" : "in this server's key set";
  const known = right(`kid names ${kid}, which is ${found}.`);
  if (alg !== key.algorithm) return [known, wrong(`alg is ${String(alg)}, but that key signs with ${key.algorithm} only (RFC 8725 §3.1).`)];
  try {
    verify(token, key.verifyWith, { algorithms: [key.algorithm], ignoreExpiration: true, ignoreNotBefore: true });
    return [known, right(`The signature (${key.algorithm}) is good.`)];
  } catch {
    return [known, wrong("The signature is bad: the token was changed after it was signed.")];
  }
}

function checkIssuer({ claims: { iss } }: DecodedToken, { issuer }: TokenContext): Finding {
  if (iss === issuer) return right(`iss is this server, ${issuer}.`);
  return wrong(iss === undefined ? "iss is missing." : `iss is ${JSON.stringify(iss)}, but this server is ${issuer}.`);
}

function checkAccessToken({ header: { typ }, claims: { aud } }: DecodedToken): Finding[] {
  const isTyped = typ === "at+jwt";
  return [
    isTyped ? right("typ is at+jwt: an access token (RFC 9068 §2.1).") : note(`typ is ${String(typ)}, not the at+jwt of RFC 9068.`),
    note(
      aud === undefined ? "aud is missing: the token names no API that it is for." : `aud is ${formatAudience(aud)}: the API checks that.`,
    ),
  ];
}

function checkIdToken({ header, claims }: DecodedToken, { clientId, nonce, accessToken }: TokenContext): Finding[] {
  const { aud } = claims;
  const findings = [right("typ is JWT and there is no jti: an id_token.")];
  if (clientId !== undefined) {
    const isOurs = aud === clientId || (Array.isArray(aud) && aud.includes(clientId));
    findings.push(isOurs ? right(`aud is the client, ${clientId}.`) : wrong(`aud is ${formatAudience(aud)}, not the client ${clientId}.`));
  }
  if (nonce !== undefined) {
    if (claims.nonce === undefined) findings.push(note("nonce is missing, as in every id_token that a refresh gives (OIDC Core §12.2)."));
    else
      findings.push(claims.nonce === nonce ? right("nonce is that of the request.") : wrong("nonce is not that of the request: replayed."));
  }
  if (accessToken !== undefined) findings.push(checkHash(header.alg, claims.at_hash, accessToken));
  return findings;
}

/** OIDC Core §3.1.3.8 */
function checkHash(alg: unknown, hash: unknown, accessToken: string): Finding {
  if (typeof hash !== "string") return note("at_hash is missing.");
  const known = (["ES256", "RS256", "PS256", "HS256"] as const satisfies readonly SigningAlgorithm[]).find((each) => each === alg);
  if (known === undefined) return wrong(`at_hash cannot be checked for ${String(alg)}.`);
  const [expected, found] = [Buffer.from(hashAccessToken(accessToken, known)), Buffer.from(hash)];
  const fits = expected.length === found.length && timingSafeEqual(expected, found);
  return fits ? right("at_hash fits the access token.") : wrong("at_hash does not fit the access token: they were not issued together.");
}

function checkTimes({ claims: { exp, nbf, iat } }: DecodedToken, { now }: TokenContext): Finding[] {
  const since = (time: number) => time - Math.floor(now / 1000);
  const findings: Finding[] = [];
  if (typeof exp !== "number") findings.push(wrong("exp is missing: it would never expire."));
  else
    findings.push(
      since(exp) > 0 ? right(`exp: it expires ${sayRelative(since(exp))}.`) : wrong(`exp: it expired ${sayRelative(since(exp))}.`),
    );
  if (typeof nbf === "number" && since(nbf) > 0) findings.push(wrong(`nbf: it is good only ${sayRelative(since(nbf))}.`));
  if (typeof iat === "number" && since(iat) > 0) findings.push(wrong("iat lies in the future: the clocks differ."));
  return findings;
}

function formatAudience(aud: unknown): string {
  return Array.isArray(aud) ? aud.map(String).join(", ") : String(aud);
}
