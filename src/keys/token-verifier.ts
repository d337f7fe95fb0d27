import { decode, type JwtHeader, verify } from "jsonwebtoken";
import type { IdTokenVerifier, TokenVerifier, VerifiedToken } from "../engine/ports/keys";
import { isAccessTokenType, isIdTokenType } from "../engine/token-types";
import type { KeyRing } from "./key-ring";

/** Characters. No token made here is longer; a longer one is not decoded. */
const longestToken = 16 * 1024;

/**
 * Checks that this server signed a token: with one of its keys, with exactly that key's algorithm (RFC 8725 §3.1), with its own
 * issuer, and as a token of that kind (§3.11). It does not check expiry or revocation; that is left to the ledger and the clock.
 */
export function makeTokenVerifier(keys: KeyRing, issuer: string): TokenVerifier & IdTokenVerifier {
  async function verifySignature(token: string, isWantedType: (typ: string | undefined) => boolean): Promise<SignedClaims | undefined> {
    const { kid, typ } = readHeader(token);
    if (kid === undefined || !isWantedType(typ)) return undefined;
    const key = await keys.findVerifyingKey(kid);
    if (key === undefined) return undefined;
    try {
      const options = { algorithms: [key.algorithm], issuer, ignoreExpiration: true, ignoreNotBefore: true };
      const claims = verify(token, key.verifyWith, options);
      return typeof claims === "string" ? undefined : { kid, claims };
    } catch {
      return undefined;
    }
  }

  return {
    async verify(token) {
      const signed = await verifySignature(token, isAccessTokenType);
      return signed && identifyToken(signed);
    },
    async verifyIdToken(token, audience) {
      const { sub, aud, jti } = (await verifySignature(token, isIdTokenType))?.claims ?? {};
      return typeof sub === "string" && aud === audience && jti === undefined ? sub : undefined;
    },
  };
}

interface SignedClaims {
  kid: string;
  claims: Record<string, unknown>;
}

/** Every access token has `jti` and `exp`, and no id_token has a `jti`; a token without it cannot be found in the ledger. */
function identifyToken({ claims, kid }: SignedClaims): VerifiedToken | undefined {
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
