/**
 * The JOSE `typ` of access tokens, whichever contract issued them (RFC 9068 §2.1): a program that expects an id_token then
 * refuses them (RFC 8725 §3.11).
 */
export const accessTokenType = "at+jwt";

/** The JOSE `typ` of id_tokens. OIDC Core names none; common validators expect this one. */
export const idTokenType = "JWT";

/**
 * The `typ` of access tokens that earlier releases issued for some contracts. It is the one of id_tokens too, but no id_token
 * has a `jti`, and none is in the ledger.
 */
const earlierAccessTokenType = "JWT";

/** Tells whether a token of this server with this `typ`, and without a `jti`, is an id_token. */
export function isIdTokenType(typ: string | undefined): boolean {
  return typ === idTokenType;
}

/** Tells whether a token of this server with this `typ`, and with a `jti`, may be an access token. */
export function isAccessTokenType(typ: string | undefined): boolean {
  return typ === accessTokenType || typ === earlierAccessTokenType;
}
