import { encodeBase64url } from "./assertion";

/** What an application asks a person for. */
export interface AuthorizationRequest {
  /** One that the client is registered with. */
  redirectUri: string;
  /** Separated by spaces. */
  scope: string;
  /** The server's issuer. If it is given, an answer must come from it (RFC 9207 §2.4). */
  issuer?: string;
  /** More parameters, such as `prompt` or `login_hint` (OIDC Core §3.1.2.1). */
  parameters?: Readonly<Record<string, string>>;
}

/** Where the person must be sent, and what the application keeps in the person's session until the browser comes back. */
export interface StartedAuthorization {
  url: string;
  redirectUri: string;
  /** RFC 7636 §4.1. */
  codeVerifier: string;
  state: string;
  /** The id_token must have it. */
  nonce: string;
  issuer?: string;
}

/** The person, or the server, said no. */
export class AuthorizationRefused extends Error {
  override readonly name = "AuthorizationRefused";
  /** RFC 6749 §4.1.2.1, such as `access_denied`. */
  readonly error: string;

  constructor(error: string, description: string | null) {
    super(description === null ? error : `${error}: ${description}`);
    this.error = error;
  }
}

/** Makes the URL of an authorization request with PKCE. */
export async function startAuthorization(
  endpoint: string,
  clientId: string,
  { redirectUri, scope, issuer, parameters = {} }: AuthorizationRequest,
): Promise<StartedAuthorization> {
  const [codeVerifier, state, nonce] = [makeRandomText(), makeRandomText(), makeRandomText()] as const;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(codeVerifier));
  const query = new URLSearchParams({
    ...{ response_type: "code", client_id: clientId, redirect_uri: redirectUri, scope, state, nonce },
    ...{ code_challenge: encodeBase64url(new Uint8Array(digest)), code_challenge_method: "S256", ...parameters },
  });
  return { url: `${endpoint}?${query.toString()}`, redirectUri, codeVerifier, state, nonce, ...(issuer !== undefined && { issuer }) };
}

/**
 * Reads the address that the browser came back to.
 * @returns what `exchange("authorization_code", …)` needs
 * @throws AuthorizationRefused; Error if the answer belongs to another request (RFC 6749 §10.12) or comes from another server
 */
export function readCallback(
  url: string,
  { state, redirectUri, codeVerifier, issuer }: Omit<StartedAuthorization, "url" | "nonce">,
): { code: string; redirectUri: string; codeVerifier: string } {
  const { searchParams } = new URL(url);
  if (searchParams.get("state") !== state)
    throw new Error("the browser came back with another state: this is not the answer to the request");
  if (issuer !== undefined && searchParams.get("iss") !== issuer)
    throw new Error("the answer does not come from the server that was asked");
  const error = searchParams.get("error");
  if (error !== null) throw new AuthorizationRefused(error, searchParams.get("error_description"));
  const code = searchParams.get("code");
  if (code === null) throw new Error("the browser came back without a code");
  return { code, redirectUri, codeVerifier };
}

/** 256 bits, in the alphabet of RFC 7636 §4.1. */
function makeRandomText(): string {
  return encodeBase64url(crypto.getRandomValues(new Uint8Array(32)));
}
