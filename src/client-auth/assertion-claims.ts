import type { AuthContext } from "../engine/authenticate";
import { type Problem, Refusal } from "../engine/refusal";

/** What identifies an assertion for its single use. `exp` in epoch seconds; so is `usableFrom`, when a server would first have taken it. */
interface SingleUse {
  jti: string;
  exp: number;
  usableFrom: number;
}

type AssertionClaims = Readonly<Record<string, unknown>>;

/** Seconds into the future that `iat` and `nbf` may lie; FAPI 2.0 §5.3.2.1 asks for at least 10 and at most 60. */
const clockSkewSeconds = 60;
/** Seconds between `iat` and `exp` of a delegated client's assertion. */
const longestDelegationSeconds = 300;

/**
 * Checks every rule on the claims of a client assertion that `jsonwebtoken` leaves to its caller (RFC 7523 §3, FAPI 2.0
 * §5.3.2.1). The signature has been verified before, so a refusal may tell the caller which of its times is out of bounds.
 * @param longestSeconds how far ahead `exp` may lie: of an `iat` in the near future, by a client's clock that is ahead, or else of now
 * @throws Refusal `invalid_client`
 */
export function checkAuthenticationClaims(
  claims: AssertionClaims,
  clientId: string,
  context: AuthContext,
  longestSeconds: number,
): SingleUse {
  const { iss, sub } = claims;
  must(iss === clientId && sub === clientId, "iss and sub are not both the client id");
  const audience = readOnlyAudience(claims.aud);
  must(audience !== undefined, "aud is not a single value");
  must(context.audiences.includes(audience as string), "aud is neither the issuer nor this endpoint");
  const use = checkLifetimeAndJti(claims, context.now);
  const issuedAt = isNumericDate(claims.iat) ? claims.iat : 0;
  const latest = Math.max(context.now / 1000, issuedAt) + longestSeconds;
  mustBeTimely(use.exp <= latest, "exp", `is more than ${longestSeconds} s ahead`);
  // Without `iat`, or with one long ago, it was too far ahead until then.
  return use.exp > issuedAt + longestSeconds ? { ...use, usableFrom: Math.max(use.usableFrom, use.exp - longestSeconds) } : use;
}

/**
 * Checks the claims of an assertion of a delegated API client. `iss` is the delegated client and `sub` the
 * identity it acts for. Such an assertion has no `aud`; one with an `aud` was made for another purpose.
 * @param now epoch milliseconds
 * @returns what identifies the assertion for its single use, and `sub`
 * @throws Refusal `invalid_client`
 */
export function checkDelegationClaims(claims: AssertionClaims, clientId: string, now: number): SingleUse & { sub: string } {
  const { iss, sub, aud, iat } = claims;
  must(iss === clientId, "iss is not the delegated client's id");
  must(typeof sub === "string", "sub is missing or no string");
  must(aud === undefined, "there is an aud");
  const use = checkLifetimeAndJti(claims, now);
  must(isNumericDate(iat), "iat is missing");
  must(use.exp <= (iat as number) + longestDelegationSeconds, "exp is more than 300 s after iat");
  return { sub: sub as string, ...use };
}

/** An array of one element names one audience, as the element alone does (RFC 7519 §4.1.3). @returns undefined if there is another number of them */
function readOnlyAudience(aud: unknown): string | undefined {
  const [audience, ...others] = Array.isArray(aud) ? (aud as unknown[]) : [aud];
  return typeof audience === "string" && others.length === 0 ? audience : undefined;
}

/** Checks that an assertion has not expired, is not from the future, and has a usable `jti`. */
function checkLifetimeAndJti(claims: AssertionClaims, nowMs: number): SingleUse {
  const now = nowMs / 1000;
  const { exp, iat, nbf, jti } = claims;
  mustBeTimely(isNumericDate(exp), "exp", "is missing or no number of seconds");
  mustBeTimely((exp as number) > now, "exp", "has passed");
  for (const [name, time] of Object.entries({ iat, nbf })) {
    if (time === undefined) continue;
    mustBeTimely(isNumericDate(time), name, "is no number of seconds");
    mustBeTimely((time as number) <= now + clockSkewSeconds, name, `is more than ${clockSkewSeconds} s in the future`);
  }
  must(typeof jti === "string" && jti.length > 0 && jti.length <= 255, "jti is missing or not 1 to 255 characters long");
  must(!/[\p{Cc}\p{Cs}]/u.test(jti as string), "jti has a control character or half a surrogate pair");
  const usableFrom = Math.max(...[iat, nbf].filter(isNumericDate)) - clockSkewSeconds;
  return { jti: jti as string, exp: Math.ceil(exp as number), usableFrom };
}

function isNumericDate(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 && value < 1e11;
}

/** Like {@link must}, and tells the caller which of its claims is at fault: that is nothing that the caller did not write itself. */
function mustBeTimely(holds: boolean, claim: string, fault: string): void {
  if (holds) return;
  const message = `The assertion's ${claim} ${fault}`;
  const problem: Problem = { in: "body", path: ["client_assertion", claim], rule: "format", message };
  throw new Refusal("invalid_client", `assertion: ${claim} ${fault}`, { problems: [problem] });
}

function must(holds: boolean, fault: string): void {
  if (!holds) throw new Refusal("invalid_client", `assertion: ${fault}`);
}
