import type { Refusal, RefusalCode } from "../engine/refusal";
import type { Correlation } from "../http/api";
import type { Exchange } from "../http/exchange";
import { toOAuthDescription, joinProblems } from "../http/problems";

/** The caller's interaction id is used if it is a UUID (FAPI 1.0 Part 1 §6.2.2). */
export const fapiCorrelation: Correlation = {
  requestHeader: "x-fapi-interaction-id",
  accepts: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i,
};

/** The answer to a refusal code: an OAuth error with a sentence, or only a status. */
export type FapiAnswer<OAuthError extends string> =
  | { status: 400; error: OAuthError; text: string }
  | { status: 404 | 405 | 413 | 415 | 503; text: string }
  | { status: 406 | 429 | 500 | 502 | 504 };

interface FapiHeaders {
  "Cache-Control": "no-store";
  "x-fapi-interaction-id": string;
}

interface OAuthErrorBody<Code extends string> {
  error: Code;
  error_description: string;
}

/** The replies with which such an operation refuses. */
export type FapiRefusalReply<OAuthError extends string> =
  | { status: 400; headers: FapiHeaders; body: OAuthErrorBody<OAuthError> }
  | { status: 404; headers: FapiHeaders; body: { errors: string[] } }
  | { status: 405; headers: FapiHeaders & { Allow: string }; body: OAuthErrorBody<"invalid_request"> }
  | { status: 413 | 415; headers: FapiHeaders; body: OAuthErrorBody<"invalid_request"> }
  | { status: 503; headers: FapiHeaders & { "Retry-After": string }; body: OAuthErrorBody<"temporarily_unavailable"> }
  | { status: 429; headers: FapiHeaders & { "Retry-After": string } }
  | { status: 406 | 500 | 502 | 504; headers: FapiHeaders };

const badCredentials = { status: 400, error: "invalid_client", text: "Client authentication failed." } as const;

/** Answers that are the same for every such operation. */
export const commonAnswers = {
  invalid_request: { status: 400, error: "invalid_request", text: "The request is not valid." },
  malformed_request: { status: 400, error: "invalid_request", text: "The request could not be read." },
  invalid_client: badCredentials,
  client_disabled: badCredentials,
  unauthorized_client: { status: 400, error: "unauthorized_client", text: "The client may not use this grant type." },
  invalid_scope: { status: 400, error: "invalid_scope", text: "The client may not have this scope." },
  not_found: { status: 404, text: "There is nothing at this path." },
  method_not_allowed: { status: 405, text: "This path answers POST only." },
  not_acceptable: { status: 406 },
  payload_too_large: { status: 413, text: "The body is larger than 64 KiB." },
  unsupported_media_type: { status: 415, text: "Send the parameters as an uncompressed application/x-www-form-urlencoded body in UTF-8." },
  throttled: { status: 429 },
  outside_hours: { status: 503, text: "The service is closed at this hour." },
  not_ready: { status: 503, text: "The server is starting." },
  server_error: { status: 500 },
  dependency_unreachable: { status: 502 },
  dependency_timeout: { status: 504 },
} as const satisfies Partial<Record<RefusalCode, FapiAnswer<string>>>;

/**
 * Makes the `refuse` of an operation that follows FAPI: every OAuth error is a 400, even `invalid_client`, and every answer
 * carries `x-fapi-interaction-id`.
 */
export function makeFapiRefuse<OAuthError extends string>(answers: Readonly<Record<RefusalCode, FapiAnswer<OAuthError>>>) {
  return function refuse(refusal: Refusal, exchange: Exchange): FapiRefusalReply<OAuthError> {
    const answer = answers[refusal.code];
    const headers: FapiHeaders = { "Cache-Control": "no-store", "x-fapi-interaction-id": exchange.correlationId };
    const retryAfter = String(refusal.retryAfterSeconds ?? 1);
    switch (answer.status) {
      case 400:
        return { status: 400, headers, body: makeErrorBody(answer.error, joinProblems(refusal.problems) ?? answer.text) };
      case 404:
        return { status: 404, headers, body: { errors: [answer.text] } };
      case 405:
        return {
          status: 405,
          headers: { ...headers, Allow: refusal.allow.join(", ") },
          body: makeErrorBody("invalid_request", answer.text),
        };
      case 413:
      case 415:
        return { status: answer.status, headers, body: makeErrorBody("invalid_request", answer.text) };
      case 503:
        return {
          status: 503,
          headers: { ...headers, "Retry-After": retryAfter },
          body: makeErrorBody("temporarily_unavailable", answer.text),
        };
      case 429:
        return { status: 429, headers: { ...headers, "Retry-After": retryAfter } };
      default:
        return { status: answer.status, headers };
    }
  };
}

function makeErrorBody<Code extends string>(error: Code, text: string): OAuthErrorBody<Code> {
  return { error, error_description: toOAuthDescription(text) };
}
