import type { Refusal, RefusalCode } from "../engine/refusal";
import { joinProblems, toOAuthDescription } from "../http/problems";

/** A refusal in the form of OAuth. The status determines the error. */
type OAuthRefusal = { description: string } & (
  | { status: 400 | 404 | 405 | 413 | 415; error: "invalid_request" }
  | { status: 401; error: "invalid_client" }
  | { status: 403; error: "unauthorized_client" }
  | { status: 429 | 503; error: "temporarily_unavailable" }
  | { status: 500; error: "server_error" }
);

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

/** Puts a refusal in the form of OAuth (RFC 6749 §5.2). The description lists the faults of the request, if there are any. */
export function toOAuthRefusal(refusal: Refusal): OAuthRefusal {
  const known: OAuthRefusal = refusals[refusal.code];
  const sentence = joinProblems(refusal.problems);
  return sentence === undefined ? known : { ...known, description: toOAuthDescription(sentence) };
}

interface UncachedHeaders {
  "Cache-Control": "no-store";
}

interface ErrorBody<Code extends string> {
  error: Code;
  error_description: string;
}

/** A reply to a refusal that is not about the authentication of a client. */
type PlainRefusalReply =
  | { status: 400 | 404; headers: UncachedHeaders; body: ErrorBody<"invalid_request"> }
  | { status: 405; headers: UncachedHeaders & { Allow: string }; body: ErrorBody<"invalid_request"> }
  | { status: 429 | 503; headers: UncachedHeaders & { "Retry-After": string }; body: ErrorBody<"temporarily_unavailable"> }
  | { status: 500; headers: UncachedHeaders; body: ErrorBody<"server_error"> };

/**
 * Makes the reply to a refusal at an endpoint where no client authenticates. Every refusal without a status of its own is a
 * 400 there.
 */
export function makePlainRefusal(refusal: Refusal): PlainRefusalReply {
  const { status, error, description } = toOAuthRefusal(refusal);
  const headers = { "Cache-Control": "no-store" } as const;
  switch (status) {
    case 404:
      return { status: 404, headers, body: makeErrorBody(error, description) };
    case 405:
      return { status: 405, headers: { ...headers, Allow: refusal.allow.join(", ") }, body: makeErrorBody(error, description) };
    case 429:
    case 503: {
      const retryAfter = String(refusal.retryAfterSeconds ?? 1);
      return {
        status,
        headers: { ...headers, "Retry-After": retryAfter },
        body: makeErrorBody(error, description),
      };
    }
    case 500:
      return { status: 500, headers, body: makeErrorBody(error, description) };
    default:
      return { status: 400, headers, body: makeErrorBody("invalid_request", description) };
  }
}

function makeErrorBody<Code extends string>(error: Code, description: string): ErrorBody<Code> {
  return { error, error_description: description };
}
