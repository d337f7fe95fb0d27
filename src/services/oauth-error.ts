import type { Refusal, RefusalCode } from "../engine/refusal";
import { joinProblems, toOAuthDescription } from "../http/problems";

/** RFC 6749 §5.2 error codes, and those of the RFCs beside it, that the supporting APIs use. */
export type OAuthErrorCode = "invalid_request" | "invalid_client" | "unauthorized_client" | "server_error" | "temporarily_unavailable";

type Status = 400 | 401 | 403 | 404 | 405 | 413 | 415 | 429 | 500 | 503;

export interface OAuthRefusal {
  status: Status;
  error: OAuthErrorCode;
  description: string;
}

const invalid: OAuthRefusal = { status: 400, error: "invalid_request", description: "The request is not valid." };
const client: OAuthRefusal = { status: 401, error: "invalid_client", description: "Client authentication failed." };
const forbidden: OAuthRefusal = { status: 403, error: "unauthorized_client", description: "This client may not do that." };
const away: OAuthRefusal = { status: 503, error: "temporarily_unavailable", description: "The service is temporarily unavailable." };

const refusals = {
  invalid_request: invalid,
  malformed_request: invalid,
  unsupported_grant_type: invalid,
  invalid_client: client,
  client_disabled: client,
  unauthorized_client: forbidden,
  invalid_scope: invalid,
  invalid_grant: invalid,
  authorization_pending: invalid,
  slow_down: invalid,
  expired_token: invalid,
  access_denied: forbidden,
  locked: invalid,
  subject_not_found: invalid,
  not_found: { status: 404, error: "invalid_request", description: "There is nothing at this path." },
  method_not_allowed: { status: 405, error: "invalid_request", description: "The path exists, the method does not." },
  not_acceptable: invalid,
  payload_too_large: { status: 413, error: "invalid_request", description: "The body is larger than 64 KiB." },
  unsupported_media_type: { status: 415, error: "invalid_request", description: "The body must be an uncompressed form in UTF-8." },
  throttled: { status: 429, error: "temporarily_unavailable", description: "Too many requests. Try again later." },
  outside_hours: away,
  not_ready: away,
  server_error: { status: 500, error: "server_error", description: "Something went wrong on our side." },
  dependency_unreachable: away,
  dependency_timeout: away,
} as const satisfies Record<RefusalCode, OAuthRefusal>;

/** The OAuth form of a refusal (RFC 6749 §5.2), with the request's faults spelled out where there are any. */
export function toOAuthRefusal(refusal: Refusal): OAuthRefusal {
  const known: OAuthRefusal = refusals[refusal.code];
  const sentence = joinProblems(refusal.problems);
  return sentence === undefined ? known : { ...known, description: toOAuthDescription(sentence) };
}
