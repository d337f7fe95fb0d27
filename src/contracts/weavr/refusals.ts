import type { components } from "../../../generated/weavr";
import type { Refusal, RefusalCode } from "../../engine/refusal";
import type { Exchange } from "../../http/exchange";
import { type BodyShape, listInvalidFields } from "./invalid-fields";

type OwnStatus = 404 | 405 | 413 | 415;
type InvalidRequest = components["schemas"]["WeavrInvalidRequest"];

/** The answer to a refusal code: only a status, or the contract's `default` response with a code and a message. */
export type WeavrAnswer<Code extends string> =
  { status: 400 | 401 | 403 | 423 | 429 | 500 | 503 } | { status: OwnStatus; code: Code; message: string };

interface WeavrHeaders {
  "Cache-Control": "no-store";
  "request-ref": string;
}

/** The replies with which operations of the contract refuse. */
export type WeavrRefusalReply<Code extends string> =
  | { status: 400; headers: WeavrHeaders; body: InvalidRequest }
  | { status: 401 | 403 | 423 | 500; headers: WeavrHeaders }
  | { status: 429; headers: WeavrHeaders & { "Retry-After": string; "x-ratelimit-limit": string; "x-ratelimit-reset": string } }
  | { status: 503; headers: WeavrHeaders & { "Retry-After": string } }
  | { status: OwnStatus; headers: WeavrHeaders & { Allow?: string }; body: { code: Code; message: string } };

const invalid = { status: 400 } as const;
const unproved = { status: 401 } as const;
const forbidden = { status: 403 } as const;
const away = { status: 503 } as const;

/** Answers that are the same for every operation of the contract. */
export const commonAnswers = {
  invalid_request: invalid,
  malformed_request: invalid,
  unsupported_grant_type: forbidden,
  invalid_client: unproved,
  client_disabled: unproved,
  unauthorized_client: forbidden,
  invalid_scope: forbidden,
  invalid_grant: unproved,
  authorization_pending: unproved,
  slow_down: unproved,
  expired_token: unproved,
  access_denied: forbidden,
  locked: { status: 423 },
  not_found: { status: 404, code: "NOT_FOUND", message: "There is nothing at this path." },
  method_not_allowed: { status: 405, code: "METHOD_NOT_ALLOWED", message: "This path answers POST only." },
  not_acceptable: invalid,
  payload_too_large: { status: 413, code: "PAYLOAD_TOO_LARGE", message: "The body is larger than 64 KiB." },
  unsupported_media_type: {
    status: 415,
    code: "UNSUPPORTED_MEDIA_TYPE",
    message: "Send the body as uncompressed application/json in UTF-8.",
  },
  throttled: { status: 429 },
  outside_hours: away,
  not_ready: away,
  server_error: { status: 500 },
  dependency_unreachable: away,
  dependency_timeout: away,
} as const satisfies Partial<Record<RefusalCode, WeavrAnswer<string>>>;

/** Makes the `refuse` of an operation. Only faults that the caller can correct are explained; other refusals are a status only. */
export function makeRefuse<Code extends string>(answers: Readonly<Record<RefusalCode, WeavrAnswer<Code>>>, shape: BodyShape) {
  return function refuse(refusal: Refusal, exchange: Exchange): WeavrRefusalReply<Code> {
    const answer = answers[refusal.code];
    const headers: WeavrHeaders = { "Cache-Control": "no-store", "request-ref": exchange.correlationId };
    const retryAfter = String(refusal.retryAfterSeconds ?? 1);
    switch (answer.status) {
      case 400:
        return { status: 400, headers, body: makeInvalidRequest(refusal, shape) };
      case 401:
      case 403:
      case 423:
      case 500:
        return { status: answer.status, headers };
      case 429:
        return { status: 429, headers: { ...headers, "Retry-After": retryAfter, ...makeRateLimitHeaders(refusal, retryAfter) } };
      case 503:
        return { status: 503, headers: { ...headers, "Retry-After": retryAfter } };
      default: {
        const { status, code, message } = answer;
        const allow = status === 405 ? { Allow: refusal.allow.join(", ") } : {};
        return { status, headers: { ...headers, ...allow }, body: { code, message } };
      }
    }
  };
}

function makeInvalidRequest({ problems }: Refusal, shape: BodyShape): InvalidRequest {
  const fields = listInvalidFields(problems, shape);
  return { message: "Invalid request", ...(fields.length === 0 ? {} : { syntaxErrors: { invalidFields: fields } }) };
}

/**
 * Makes the headers with the limit that was exceeded, then all limits in force with their windows. If capacity ran out and
 * there is no such limit, they say that nothing is admitted for the seconds that the caller must wait.
 */
function makeRateLimitHeaders({ limit, inForce }: Refusal, seconds: string): { "x-ratelimit-limit": string; "x-ratelimit-reset": string } {
  const { count } = limit ?? { count: 0 };
  const all = limit === undefined ? [`0;w=${seconds}`] : inForce.map((each) => `${each.count};w=${each.windowSeconds}`);
  return { "x-ratelimit-limit": [count, ...all].join(", "), "x-ratelimit-reset": seconds };
}
