import { isUtf8 } from "node:buffer";
import type { AuthContext } from "../engine/authenticate";
import { Refusal } from "../engine/refusal";

export interface AssertionHeader {
  alg: unknown;
  kid: string | undefined;
}

/** Seconds into the future that `iat` and `nbf` may lie; FAPI 2.0 §5.3.2.1 asks for at least 10 and at most 60. */
const clockSkewSeconds = 60;
/** Seconds an assertion may still live. */
const longestLifeSeconds = 300;
/** JOSE `typ`s of a JWT that does not say what it is for. */
export const plainTypes: readonly unknown[] = [undefined, "JWT", "jwt"];
const clientAuthenticationTypes: readonly unknown[] = [...plainTypes, "client-authentication+jwt"];

/**
 * Opens a compact JWS without believing it: enough to know whose keys to try.
 * @param types what `typ` may be (RFC 8725 §3.11); by default what it may be in client authentication
 * @throws Refusal `invalid_client` if it is not a JWS, or asks for processing we do not do (`crit`, RFC 7515 §4.1.11)
 */
export function peek(
  assertion: string,
  types: readonly unknown[] = clientAuthenticationTypes,
): { header: AssertionHeader; payload: Record<string, unknown> } {
  const parts = assertion.split(".");
  if (parts.length !== 3 || assertion.length > 8192) throw new Refusal("invalid_client", "the assertion is not a compact JWS");
  const header = decoded(parts[0]);
  const payload = decoded(parts[1]);
  if (header.crit !== undefined) throw new Refusal("invalid_client", "the assertion has crit");
  if (!types.includes(header.typ)) throw new Refusal("invalid_client", "the assertion's typ is that of another kind of JWT");
  if (header.kid !== undefined && typeof header.kid !== "string")
    throw new Refusal("invalid_client", "the assertion's kid is not a string");
  return { header: { alg: header.alg, kid: header.kid }, payload };
}

/** The `sub` of an assertion, without believing it. @returns undefined for what is no assertion, or has none */
export function claimedSubject(assertion: string): string | undefined {
  try {
    const { sub } = peek(assertion).payload;
    return typeof sub === "string" ? sub : undefined;
  } catch {
    return undefined;
  }
}

function decoded(part: string | undefined): Record<string, unknown> {
  const bytes = Buffer.from(part ?? "", "base64url");
  try {
    const value: unknown = isUtf8(bytes) ? JSON.parse(bytes.toString("utf8")) : undefined;
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (cause) {
    throw new Refusal("invalid_client", "a part of the assertion is not JSON", { cause });
  }
  throw new Refusal("invalid_client", "a part of the assertion is not a JSON object");
}

/**
 * Every rule on the claims that `jsonwebtoken` leaves to its caller (RFC 7523 §3, FAPI 2.0 §5.3.2.1), in one place.
 * @returns what identifies the assertion for its single use; `exp` in epoch seconds
 * @throws Refusal `invalid_client`
 */
export function checkAuthenticationClaims(
  claims: Record<string, unknown>,
  clientId: string,
  context: AuthContext,
): { jti: string; exp: number } {
  const { iss, sub, aud } = claims;
  must(iss === clientId && sub === clientId, "iss and sub are not both the client id");
  must(typeof aud === "string", "aud is not a single string");
  must(context.audiences.includes(aud as string), "aud is neither our issuer nor this endpoint");
  const use = checkLifetimeAndJti(claims, context.now);
  must(use.exp <= context.now / 1000 + longestLifeSeconds, "exp is more than 300 s ahead");
  return use;
}

/**
 * The same for an assertion of a delegated API client (weavr). It says whom it is from and whom it acts for, and is made
 * for nobody but us, so it has no `aud`: one that has was made for somebody else.
 * @param now epoch milliseconds
 */
export function checkDelegationClaims(
  claims: Record<string, unknown>,
  clientId: string,
  now: number,
): { sub: string; jti: string; exp: number } {
  const { iss, sub, aud, iat } = claims;
  must(iss === clientId, "iss is not the delegated client's id");
  must(typeof sub === "string", "sub is missing or no string");
  must(aud === undefined, "there is an aud");
  const use = checkLifetimeAndJti(claims, now);
  must(isNumericDate(iat), "iat is missing");
  must(use.exp <= (iat as number) + longestLifeSeconds, "exp is more than 300 s after iat");
  return { sub: sub as string, ...use };
}

/** What holds of every assertion: it lives, does not come from the future, and can be told from others. */
function checkLifetimeAndJti(claims: Record<string, unknown>, nowMs: number): { jti: string; exp: number } {
  const now = nowMs / 1000;
  const { exp, iat, nbf, jti } = claims;
  must(isNumericDate(exp), "exp is missing or no number");
  must((exp as number) > now, "the assertion has expired");
  for (const [name, time] of Object.entries({ iat, nbf })) {
    if (time === undefined) continue;
    must(isNumericDate(time), `${name} is no number`);
    must((time as number) <= now + clockSkewSeconds, `${name} is more than 60 s in the future`);
  }
  must(typeof jti === "string" && jti.length > 0 && jti.length <= 255, "jti is missing or not 1 to 255 characters long");
  must(!/\p{Cc}/u.test(jti as string), "jti has a control character");
  return { jti: jti as string, exp: Math.ceil(exp as number) };
}

function isNumericDate(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 && value < 1e11;
}

function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new Refusal("invalid_client", `assertion: ${otherwise}`);
}
