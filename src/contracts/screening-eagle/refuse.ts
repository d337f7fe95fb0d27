import type { operations } from "../../../generated/screening-eagle";
import type { Refusal, RefusalCode } from "../../engine/refusal";
import type { ReplyOf } from "../../http/typed";
import { basicChallenge } from "../../http/authorization-header";
import { joinProblems } from "../../http/problems";

type ScreeningEagleRefusalReply = Exclude<ReplyOf<operations["issueToken"]>, { status: 200 }>;
/** Status and body as the spec pairs them: `error` is the reason phrase of the status. */
type ScreeningEagleAnswer = {
  [Status in ScreeningEagleRefusalReply["status"]]: Pick<Extract<ScreeningEagleRefusalReply, { status: Status }>, "status" | "body">;
}[ScreeningEagleRefusalReply["status"]];

const notServing: ScreeningEagleAnswer = {
  status: 503,
  body: { error: "Service Unavailable", errorDescription: "The service cannot answer at the moment." },
};
/** For these failures the contract documents a 500 and no 503. */
const away: ScreeningEagleAnswer = {
  status: 500,
  body: { error: "Internal Server Error", errorDescription: "The service cannot answer at the moment. Try again shortly." },
};

const badGrant = {
  status: 400,
  body: { error: "Bad Request", errorDescription: "The authorization code or refresh token is not valid." },
} as const;

const answers = {
  invalid_request: { status: 400, body: { error: "Bad Request", errorDescription: "The request is not valid." } },
  malformed_request: { status: 400, body: { error: "Bad Request", errorDescription: "The request could not be read." } },
  unsupported_grant_type: { status: 400, body: { error: "Bad Request", errorDescription: "This grant type is not offered." } },
  invalid_client: { status: 401, body: { error: "Unauthorized", errorDescription: "Client authentication failed." } },
  client_disabled: { status: 403, body: { error: "Forbidden", errorDescription: "The client is disabled." } },
  unauthorized_client: { status: 403, body: { error: "Forbidden", errorDescription: "The client may not use this grant type." } },
  invalid_scope: { status: 403, body: { error: "Forbidden", errorDescription: "The client may not request this scope." } },
  invalid_grant: badGrant,
  authorization_pending: badGrant,
  slow_down: badGrant,
  expired_token: badGrant,
  access_denied: { status: 403, body: { error: "Forbidden", errorDescription: "The user is disabled." } },
  locked: badGrant,
  subject_not_found: { status: 404, body: { error: "Not Found", errorDescription: "The user no longer exists." } },
  not_found: { status: 404, body: { error: "Not Found", errorDescription: "There is nothing at this path." } },
  method_not_allowed: { status: 405, body: { error: "Method Not Allowed", errorDescription: "This path answers POST only." } },
  not_acceptable: { status: 400, body: { error: "Bad Request", errorDescription: "The answer can only be JSON." } },
  payload_too_large: { status: 413, body: { error: "Payload Too Large", errorDescription: "The body is larger than 64 KiB." } },
  unsupported_media_type: {
    status: 415,
    body: {
      error: "Unsupported Media Type",
      errorDescription: "Send the parameters as an uncompressed application/x-www-form-urlencoded body in UTF-8.",
    },
  },
  throttled: { status: 429, body: { error: "Too Many Requests", errorDescription: "Too many requests. Try again later." } },
  outside_hours: notServing,
  not_ready: notServing,
  server_error: { status: 500, body: { error: "Internal Server Error", errorDescription: "The request could not be completed." } },
  dependency_unreachable: away,
  dependency_timeout: away,
} as const satisfies Record<RefusalCode, ScreeningEagleAnswer>;

export function refuse(refusal: Refusal): ScreeningEagleRefusalReply {
  const answer: ScreeningEagleAnswer = answers[refusal.code];
  const headers = { "Cache-Control": "no-store" } as const;
  const retryAfter = String(refusal.retryAfterSeconds ?? 1);
  switch (answer.status) {
    case 400:
      return {
        status: 400,
        headers,
        body: { ...answer.body, errorDescription: joinProblems(refusal.problems) ?? answer.body.errorDescription },
      };
    case 401:
      return { ...answer, headers: { ...headers, "WWW-Authenticate": basicChallenge } };
    case 405:
      return { ...answer, headers: { ...headers, Allow: refusal.allow.join(", ") } };
    case 429:
    case 503:
      return { ...answer, headers: { ...headers, "Retry-After": retryAfter } };
    default:
      return { ...answer, headers };
  }
}
