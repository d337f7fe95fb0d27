import { Refusal, type RefusalCode, toRefusal } from "../../engine/refusal";
import { toOAuthDescription } from "../../http/problems";

/** The errors of RFC 6749 §4.1.2.1 and OIDC Core §3.1.2.6, each with the refusal code that the log gets. */
const errors = {
  invalid_request: "invalid_request",
  unauthorized_client: "unauthorized_client",
  access_denied: "access_denied",
  unsupported_response_type: "invalid_request",
  invalid_scope: "invalid_scope",
  server_error: "server_error",
  temporarily_unavailable: "dependency_unreachable",
  login_required: "access_denied",
  consent_required: "access_denied",
  request_not_supported: "invalid_request",
  request_uri_not_supported: "invalid_request",
  registration_not_supported: "invalid_request",
} as const satisfies Record<string, RefusalCode>;

export type AuthorizationErrorCode = keyof typeof errors;

/** A request that gets no code. The error is sent to the client, by way of the browser. */
export class AuthorizationError extends Error {
  override readonly name = "AuthorizationError";
  readonly refusal: Refusal;

  /** @param description a sentence for the client's developer; it repeats nothing of the request */
  constructor(
    readonly error: AuthorizationErrorCode,
    readonly description: string,
    refusal?: Refusal,
  ) {
    super(description);
    this.refusal = refusal ?? new Refusal(errors[error], `${error}: ${description}`);
  }
}

/** Turns any failure into an error for the client: an HTTP status would only reach the browser (RFC 6749 §4.1.2.1). */
export function toAuthorizationError(thrown: unknown): AuthorizationError {
  if (thrown instanceof AuthorizationError) return thrown;
  const refusal = toRefusal(thrown);
  const isAway = refusal.code === "dependency_unreachable" || refusal.code === "dependency_timeout";
  return isAway
    ? new AuthorizationError("temporarily_unavailable", "The server cannot answer right now.", refusal)
    : new AuthorizationError("server_error", "The server met a condition that it did not expect.", refusal);
}

/** What every answer carries beside the code or the error, and where it goes. */
export interface AuthorizationAnswerContext {
  redirectUri: string;
  state: string | undefined;
  /** Tells the client which server answered (RFC 9207). */
  issuer: string;
}

/** Makes the address that takes an answer to the client. The redirect URI stays as it is, query included (RFC 6749 §3.1.2). */
export function makeAnswerUri(
  answer: { code: string } | AuthorizationError,
  { redirectUri, state, issuer }: AuthorizationAnswerContext,
): string {
  const parameters = new URLSearchParams(
    answer instanceof AuthorizationError
      ? { error: answer.error, error_description: toOAuthDescription(answer.description) }
      : { code: answer.code },
  );
  if (state !== undefined) parameters.set("state", state);
  parameters.set("iss", issuer);
  return `${redirectUri}${redirectUri.includes("?") ? "&" : "?"}${parameters.toString()}`;
}
