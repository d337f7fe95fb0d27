import type { components, operations } from "../../../generated/raidiam";
import type { Problem, Refusal, RefusalCode } from "../../engine/refusal";
import type { Exchange } from "../../spec/exchange";
import type { ReplyOf } from "../../spec/typed";
import { oauthDescription, problemSentence } from "../../spec/problem-sentence";

type Refused = components["schemas"]["Refused"];
type Answer =
  | { status: 400; error: Refused["error"]; text: string }
  | { status: 404 | 405 | 413 | 415 | 503; text: string }
  | { status: 406 | 429 | 500 | 502 | 504 };

const badCredentials: Answer = { status: 400, error: "invalid_client", text: "Client authentication failed." };
const notOffered = { status: 400, error: "unsupported_grant_type", text: "This grant type is not offered." } as const satisfies Answer;

const answers = {
  invalid_request: { status: 400, error: "invalid_request", text: "The request is not valid." },
  malformed_request: { status: 400, error: "invalid_request", text: "The request could not be read." },
  unsupported_grant_type: notOffered,
  invalid_client: badCredentials,
  client_disabled: badCredentials,
  unauthorized_client: { status: 400, error: "unauthorized_client", text: "The client may not use this grant type." },
  invalid_scope: { status: 400, error: "invalid_scope", text: "The client may not have this scope." },
  invalid_grant: { status: 400, error: "invalid_grant", text: "The grant is not valid." },
  authorization_pending: { status: 400, error: "authorization_pending", text: "Nobody has approved the device yet." },
  slow_down: { status: 400, error: "slow_down", text: "Polled too soon: wait five seconds more between polls from now on." },
  expired_token: { status: 400, error: "expired_token", text: "The device code has expired. Begin again." },
  access_denied: { status: 400, error: "access_denied", text: "Access was denied." },
  subject_not_found: { status: 400, error: "invalid_grant", text: "The grant is not valid." },
  not_found: { status: 404, text: "There is nothing at this path." },
  method_not_allowed: { status: 405, text: "This path answers POST only." },
  not_acceptable: { status: 406 },
  payload_too_large: { status: 413, text: "The body is larger than 64 KiB." },
  unsupported_media_type: { status: 415, text: "Send the parameters as an uncompressed application/x-www-form-urlencoded body in UTF-8." },
  throttled: { status: 429 },
  not_ready: { status: 503, text: "The server is starting." },
  server_error: { status: 500 },
  database_unreachable: { status: 502 },
  database_timeout: { status: 504 },
} as const satisfies Record<RefusalCode, Answer>;

/** The contract has no 401: every OAuth error is a 400. */
export function refuse(refusal: Refusal, exchange: Exchange): ReplyOf<operations["issueToken"]> {
  const answer: Answer = answers[refusal.code];
  const headers = { "Cache-Control": "no-store", "x-fapi-interaction-id": exchange.correlationId } as const;
  const retryAfter = String(refusal.retryAfterSeconds ?? 1);
  switch (answer.status) {
    case 400:
      return { status: 400, headers, body: badRequest(refusal, answer.error, answer.text) };
    case 404:
      return { status: 404, headers, body: { errors: [answer.text] } };
    case 405:
      return { status: 405, headers: { ...headers, Allow: refusal.allow.join(", ") }, body: rejected(answer.text) };
    case 413:
    case 415:
      return { status: answer.status, headers, body: rejected(answer.text) };
    case 503:
      return { status: 503, headers: { ...headers, "Retry-After": retryAfter }, body: unavailable(answer.text) };
    case 429:
      return { status: 429, headers: { ...headers, "Retry-After": retryAfter } };
    default:
      return { status: answer.status, headers };
  }
}

function badRequest({ problems }: Refusal, error: Refused["error"], text: string): Refused {
  if (problems.some(namesUnknownGrant)) return { error: notOffered.error, error_description: notOffered.text };
  return { error, error_description: oauthDescription(problemSentence(problems) ?? text) };
}

function namesUnknownGrant({ path, rule }: Problem): boolean {
  return path.join(".") === "grant_type" && rule === "enum";
}

function unavailable(text: string): components["schemas"]["Unavailable"] {
  return { error: "temporarily_unavailable", error_description: text };
}

function rejected(text: string): components["schemas"]["Rejected"] {
  return { error: "invalid_request", error_description: text };
}
