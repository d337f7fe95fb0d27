import type { components, operations } from "../../../generated/screening-eagle";
import type { Refusal, RefusalCode } from "../../engine/refusal";
import type { ReplyOf } from "../../http/typed";
import { basicChallenge } from "../../http/authorization-header";
import { joinProblems } from "../../http/problems";

type ScreeningEagleError = components["schemas"]["ScreeningEagleError"];
type ScreeningEagleRefusalReply = Exclude<ReplyOf<operations["issueScreeningEagleToken"]>, { status: 200 }>;

interface ScreeningEagleAnswer {
  status: ScreeningEagleRefusalReply["status"];
  text: string;
}

/** `error` is the reason phrase of the status. The spec has one schema for all statuses, so the pairs are said here. */
const reasons = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  413: "Payload Too Large",
  415: "Unsupported Media Type",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
} as const satisfies Record<ScreeningEagleAnswer["status"], ScreeningEagleError["error"]>;

const notServing = { status: 503, text: "The service cannot answer at the moment." } as const;
/** For these failures the contract documents a 500 and no 503. */
const away = { status: 500, text: "The service cannot answer at the moment. Try again shortly." } as const;
const badGrant = { status: 400, text: "The authorization code or refresh token is not valid." } as const;

const answers = {
  invalid_request: { status: 400, text: "The request is not valid." },
  malformed_request: { status: 400, text: "The request could not be read." },
  unsupported_grant_type: { status: 400, text: "This grant type is not offered." },
  invalid_client: { status: 401, text: "Client authentication failed." },
  client_disabled: { status: 403, text: "The client is disabled." },
  unauthorized_client: { status: 403, text: "The client may not use this grant type." },
  invalid_scope: { status: 403, text: "The client may not request this scope." },
  invalid_grant: badGrant,
  authorization_pending: badGrant,
  slow_down: badGrant,
  expired_token: badGrant,
  access_denied: { status: 403, text: "The user is disabled." },
  locked: badGrant,
  subject_not_found: { status: 404, text: "The user no longer exists." },
  not_found: { status: 404, text: "There is nothing at this path." },
  method_not_allowed: { status: 405, text: "This path answers POST only." },
  not_acceptable: { status: 400, text: "The answer can only be JSON." },
  payload_too_large: { status: 413, text: "The body is larger than 64 KiB." },
  unsupported_media_type: {
    status: 415,
    text: "Send the parameters as an uncompressed application/x-www-form-urlencoded body in UTF-8.",
  },
  throttled: { status: 429, text: "Too many requests. Try again later." },
  outside_hours: notServing,
  not_ready: notServing,
  server_error: { status: 500, text: "The request could not be completed." },
  dependency_unreachable: away,
  dependency_timeout: away,
} as const satisfies Record<RefusalCode, ScreeningEagleAnswer>;

export function refuse(refusal: Refusal): ScreeningEagleRefusalReply {
  const { status, text } = answers[refusal.code];
  const headers = { "Cache-Control": "no-store" } as const;
  const body: ScreeningEagleError = { error: reasons[status], errorDescription: text };
  switch (status) {
    case 400:
      return { status, headers, body: { ...body, errorDescription: joinProblems(refusal.problems) ?? text } };
    case 401:
      return { status, headers: { ...headers, "WWW-Authenticate": basicChallenge }, body };
    case 405:
      return { status, headers: { ...headers, Allow: refusal.allow.join(", ") }, body };
    case 429:
    case 503:
      return { status, headers: { ...headers, "Retry-After": String(refusal.retryAfterSeconds ?? 1) }, body };
    default:
      return { status, headers, body };
  }
}
