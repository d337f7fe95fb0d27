import type { components, operations } from "../../../generated/firstvision";
import type { Problem, Refusal, RefusalCode } from "../../engine/refusal";
import type { Exchange } from "../../http/exchange";
import type { ReplyOf } from "../../http/typed";
import { basicChallenge } from "../../http/authorization-header";
import { makeCorrelationHeaders } from "./grant";

type FirstvisionError = components["schemas"]["FirstvisionError"];
type FirstvisionRefusalReply = Exclude<ReplyOf<operations["issueFirstvisionToken"]>, { status: 200 }>;

interface FirstvisionAnswer {
  status: FirstvisionRefusalReply["status"];
  errorCode: FirstvisionError["errorCode"];
  title: string;
  param: string;
}

const missing: FirstvisionAnswer = { status: 400, errorCode: "240009", title: "Required fields missing", param: "scope: is required" };
const violated: FirstvisionAnswer = { status: 400, errorCode: "240010", title: "Constraint(s) Violated", param: "request: is not valid" };
const unreadable: FirstvisionAnswer = { status: 400, errorCode: "240005", title: "Payload not valid", param: "request: could not be read" };
const unauthorized: FirstvisionAnswer = {
  status: 401,
  errorCode: "240101",
  title: "Unauthorized",
  param: "Invalid client credentials or scope",
};
const away: FirstvisionAnswer = {
  status: 503,
  errorCode: "250301",
  title: "Service Unavailable",
  param: "server: cannot answer at the moment",
};

const answers = {
  invalid_request: violated,
  malformed_request: unreadable,
  unsupported_grant_type: { ...violated, param: "grant_type: is not offered" },
  invalid_client: unauthorized,
  client_disabled: unauthorized,
  unauthorized_client: unauthorized,
  invalid_scope: unauthorized,
  invalid_grant: unauthorized,
  authorization_pending: unauthorized,
  slow_down: unauthorized,
  expired_token: unauthorized,
  access_denied: unauthorized,
  locked: unauthorized,
  subject_not_found: unauthorized,
  not_found: { status: 404, errorCode: "240401", title: "Not Found", param: "path: is not known" },
  method_not_allowed: { status: 405, errorCode: "240501", title: "Method Not Allowed", param: "method: must be POST" },
  not_acceptable: { ...violated, param: "Accept: must include application/json" },
  payload_too_large: { status: 413, errorCode: "241301", title: "Payload Too Large", param: "body: is too large" },
  unsupported_media_type: { status: 415, errorCode: "241501", title: "Unsupported Media Type", param: "Content-Type: is not supported" },
  throttled: { status: 429, errorCode: "242901", title: "Too Many Requests", param: "rate: is exceeded" },
  outside_hours: away,
  not_ready: away,
  server_error: { status: 500, errorCode: "250001", title: "Internal Server Error", param: "server: could not complete the request" },
  dependency_unreachable: away,
  dependency_timeout: away,
} as const satisfies Record<RefusalCode, FirstvisionAnswer>;

/** How the contract spells its header names, which Node delivers in lower case. */
const spellings: ReadonlyMap<string, string> = new Map([["correlationid", "correlationId"]]);

export function refuse(refusal: Refusal, exchange: Exchange): FirstvisionRefusalReply {
  const answer = chooseAnswer(refusal);
  const headers = makeCorrelationHeaders(exchange);
  const retryAfter = String(refusal.retryAfterSeconds ?? 1);
  const body = [makeError(answer, refusal.problems, exchange)];
  switch (answer.status) {
    case 401:
      return { status: 401, headers: { ...headers, "WWW-Authenticate": basicChallenge }, body };
    case 405:
      return { status: 405, headers: { ...headers, Allow: refusal.allow.join(", ") }, body };
    case 429:
    case 503:
      return { status: answer.status, headers: { ...headers, "Retry-After": retryAfter }, body };
    default:
      return { status: answer.status, headers, body };
  }
}

/** Chooses the answer to a refusal. An invalid request has one of three codes, depending on its faults. */
function chooseAnswer({ code, problems }: Refusal): FirstvisionAnswer {
  if (code !== "invalid_request") return answers[code];
  if (problems.some(({ rule }) => rule === "not_empty" || rule === "undecodable")) return unreadable;
  return problems.some(lacksScope) ? missing : answers.invalid_request;
}

function lacksScope({ path, rule }: Problem): boolean {
  return path.join(".") === "scope" && (rule === "required" || rule === "blank");
}

function makeError(
  { status, errorCode, title, param }: FirstvisionAnswer,
  problems: readonly Problem[],
  exchange: Exchange,
): FirstvisionError {
  return {
    detail: "Please refer to invalid-params for error details",
    errorCode,
    instance: toPrintable(exchange.path),
    "invalid-params": problems.length === 0 ? [param] : problems.map(formatParam),
    source: "AGT",
    status,
    title,
  };
}

/** Formats a problem as `field: message`. If the message begins with the field, it is not repeated. */
function formatParam({ in: place, path, message }: Problem): string {
  const name = toPrintable(path.join("."));
  const field = path.length === 0 ? place : (spellings.get(name) ?? name);
  const subject = path.length === 0 ? `The ${place} ` : `${name} `;
  return `${field}: ${message.startsWith(subject) ? message.slice(subject.length) : message}`;
}

/** Replaces all but visible ASCII: text from a caller may appear in an answer only in that form. */
function toPrintable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, "?");
}
