import { decode, type JwtHeader, verify } from "jsonwebtoken";
import type { TokenVerifier, VerifiedToken } from "../engine/ports/keys";
import { isAccessTokenType } from "../engine/token-types";
import type { KeyRing } from "./key-ring";

/** Characters. No token made here is longer; a longer one is not decoded. */
const longestToken = 16 * 1024;

/**
 * Checks that this server signed an access token: with one of its keys, with exactly that key's algorithm (RFC 8725 §3.1), with
 * its own issuer, and as an access token (§3.11). It does not check expiry or revocation; that is left to the ledger and the clock.
 */
export function makeTokenVerifier(keys: KeyRing, issuer: string): TokenVerifier {
  return {
    async verify(token) {
      const { kid, typ } = readHeader(token);
      if (!isAccessTokenType(typ)) return undefined;
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

/** Every access token has `jti` and `exp`, and no id_token has a `jti`; a token without it cannot be found in the ledger. */
function identifyToken(claims: Record<string, unknown>, kid: string): VerifiedToken | undefined {
  const { jti, exp } = claims;
  return typeof jti === "string" && typeof exp === "number" ? { jti, expiresAt: exp, kid, claims } : undefined;
}

function readHeader(token: string): Partial<Pick<JwtHeader, "kid" | "typ">> {
  if (token.length > longestToken) return {};
  try {
    return decode(token, { complete: true })?.header ?? {};
  } catch {
    return {};
  }
}
