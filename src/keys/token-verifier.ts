import { decode, verify } from "jsonwebtoken";
import type { TokenVerifier, VerifiedToken } from "../engine/ports/keys";
import type { KeyRing } from "./key-ring";

/** Longer than any token made here; what is longer is not looked at. */
const longestToken = 16 * 1024;

/**
 * Checks that a token was signed here: by a key of ours, with exactly that key's algorithm (RFC 8725 §3.1), naming us as
 * issuer. Whether it still counts is for the ledger and the clock to say.
 */
export function makeTokenVerifier(keys: KeyRing, issuer: string): TokenVerifier {
  return {
    async verify(token) {
      const kid = kidOf(token);
      const key = kid === undefined ? undefined : await keys.findVerifyingKey(kid);
      if (key === undefined || kid === undefined) return undefined;
      try {
        const claims = verify(token, key.verifyWith, {
          algorithms: [key.algorithm],
          issuer,
          ignoreExpiration: true,
          ignoreNotBefore: true,
        });
        return typeof claims === "string" ? undefined : identifyToken(claims, kid);
      } catch {
        return undefined;
      }
    },
  };
}

/** Every token of ours has both; one that has not cannot be looked up. */
function identifyToken(claims: Record<string, unknown>, kid: string): VerifiedToken | undefined {
  const { jti, exp } = claims;
  return typeof jti === "string" && typeof exp === "number" ? { jti, expiresAt: exp, kid, claims } : undefined;
}

function kidOf(token: string): string | undefined {
  if (token.length > longestToken) return undefined;
  try {
    return decode(token, { complete: true })?.header.kid;
  } catch {
    return undefined;
  }
}
