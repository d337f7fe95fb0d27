import { Refusal, type RefusalCode, toRefusal } from "../../engine/refusal";
import { toOAuthDescription } from "../../http/problems";

/** RFC 6749 §4.1.2.1, OIDC Core §3.1.2.6. Beside each, what the log calls it. */
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

export type AuthorizationError = keyof typeof errors;

/** A request that gets no code. The client is told. */
export class NotAuthorized extends Error {
  override readonly name = "NotAuthorized";
  readonly refusal: Refusal;

  /** @param description a sentence for the client's developer, without anything of the request in it */
  constructor(
    readonly error: AuthorizationError,
    readonly description: string,
    refusal?: Refusal,
  ) {
    super(description);
    this.refusal = refusal ?? new Refusal(errors[error], `${error}: ${description}`);
  }
}

/** Our own troubles in words for the client: a status would only reach the browser (RFC 6749 §4.1.2.1). */
export function toNotAuthorized(thrown: unknown): NotAuthorized {
  if (thrown instanceof NotAuthorized) return thrown;
  const refusal = toRefusal(thrown);
  const isAway = refusal.code === "dependency_unreachable" || refusal.code === "dependency_timeout";
  return isAway
    ? new NotAuthorized("temporarily_unavailable", "The server cannot answer right now.", refusal)
    : new NotAuthorized("server_error", "The server met a condition that it did not expect.", refusal);
}

/** What every answer carries beside the code or the error. */
export interface AnswerContext {
  redirectUri: string;
  state: string | undefined;
  /** Tells the client which server answered (RFC 9207). */
  issuer: string;
}

/**
 * The address that brings an answer to the client. The redirect URI stays as it is, query included (RFC 6749 §3.1.2).
 */
export function answerUri(answer: { code: string } | NotAuthorized, { redirectUri, state, issuer }: AnswerContext): string {
  const parameters = new URLSearchParams(
    answer instanceof NotAuthorized
      ? { error: answer.error, error_description: toOAuthDescription(answer.description) }
      : { code: answer.code },
  );
  if (state !== undefined) parameters.set("state", state);
  parameters.set("iss", issuer);
  return `${redirectUri}${redirectUri.includes("?") ? "&" : "?"}${parameters.toString()}`;
}
