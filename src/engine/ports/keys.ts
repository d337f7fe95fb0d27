import type { SigningAlgorithm } from "../client";

export interface Signer {
  /** @returns a compact JWS under the active key of that algorithm. */
  sign(algorithm: SigningAlgorithm, typ: string, claims: Record<string, unknown>): Promise<string>;
}

/** An access token that this server signed. It may be expired or revoked: the clock and the ledger tell that. */
export interface VerifiedToken {
  jti: string;
  /** Epoch seconds. */
  expiresAt: number;
  /** The key it was signed with. */
  kid: string;
  claims: Record<string, unknown>;
}

/** Checks id_tokens this server signed, as hints about a person. An access token is none. */
export interface IdTokenVerifier {
  /**
   * @param audience id of the client that the id_token must have been issued to
   * @returns the subject; undefined unless it has a good signature, the `typ` of an id_token, our issuer and this audience. It may
   *   have expired (OIDC Core §3.1.2.1), as long as its key is published.
   */
  verifyIdToken(token: string, audience: string): Promise<string | undefined>;
}

/** Checks access tokens this server signed. An id_token is none. */
export interface TokenVerifier {
  /** @returns undefined unless it has a good signature, the `typ` of an access token, our issuer, a `jti` and an `exp` */
  verify(token: string): Promise<VerifiedToken | undefined>;
}
