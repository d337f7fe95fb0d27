import type { components, operations } from "../../../generated/abbeycross";
import type { Problem, Refusal, RefusalCode } from "../../engine/refusal";
import type { Exchange } from "../../http/exchange";
import type { ReplyOf } from "../../http/typed";

type AbbeycrossError = components["schemas"]["AbbeycrossError"];
type AbbeycrossRefusalStatus = Exclude<ReplyOf<operations["issueAbbeycrossToken"]>["status"], 200>;

interface AbbeycrossAnswer {
  status: AbbeycrossRefusalStatus;
  code: AbbeycrossError["code"];
  text: string;
}

const badCredentials: AbbeycrossAnswer = {
  status: 409,
  code: "INVALID_CREDENTIALS",
  text: "The client id or the client secret is not valid.",
};
const unsupported: AbbeycrossAnswer = { status: 409, code: "UNSUPPORTED_GRANT", text: "This client cannot be given a token here." };
const away: AbbeycrossAnswer = {
  status: 503,
  code: "SERVICE_UNAVAILABLE",
  text: "The service is temporarily unavailable. Please try again.",
};
const invalid: AbbeycrossAnswer = { status: 409, code: "INVALID_PARAMETER", text: "The request is not valid." };

const answers = {
  invalid_request: invalid,
  malformed_request: { status: 409, code: "MALFORMED_REQUEST", text: "The request body could not be read as JSON." },
  unsupported_grant_type: unsupported,
  invalid_client: badCredentials,
  client_disabled: badCredentials,
  unauthorized_client: unsupported,
  invalid_scope: unsupported,
  invalid_grant: badCredentials,
  authorization_pending: badCredentials,
  slow_down: badCredentials,
  expired_token: badCredentials,
  access_denied: unsupported,
  locked: badCredentials,
  subject_not_found: unsupported,
  not_found: { status: 404, code: "NOT_FOUND", text: "There is nothing at this address." },
  method_not_allowed: { status: 405, code: "METHOD_NOT_ALLOWED", text: "This address answers POST only." },
  not_acceptable: invalid,
  payload_too_large: { status: 413, code: "PAYLOAD_TOO_LARGE", text: "The request body is larger than 64 KiB." },
  unsupported_media_type: { status: 415, code: "UNSUPPORTED_MEDIA_TYPE", text: "Send the body as uncompressed application/json in UTF-8." },
  throttled: { status: 429, code: "TOO_MANY_REQUESTS", text: "Too many requests. Please try again later." },
  outside_hours: { status: 503, code: "OUTSIDE_WORKING_HOURS", text: "The service is closed at this hour." },
  not_ready: away,
  server_error: { status: 500, code: "INTERNAL_ERROR", text: "Something went wrong on our side. Quote the errorId when you report it." },
  dependency_unreachable: away,
  dependency_timeout: away,
} as const satisfies Record<RefusalCode, AbbeycrossAnswer>;

/** The contract has room for one fault, so the reply describes the first. */
export function refuse(refusal: Refusal, exchange: Exchange): ReplyOf<operations["issueAbbeycrossToken"]> {
  const answer: AbbeycrossAnswer = answers[refusal.code];
  const headers = { "Cache-Control": "no-store" } as const;
  const body: AbbeycrossError = { errorId: exchange.correlationId, code: answer.code, text: answer.text, ...describeProblem(refusal) };
  switch (answer.status) {
    case 405:
      return { status: 405, headers: { ...headers, Allow: refusal.allow.join(", ") }, body };
    case 429:
    case 503:
      return { status: answer.status, headers: { ...headers, "Retry-After": String(refusal.retryAfterSeconds ?? 1) }, body };
    default:
      return { status: answer.status, headers, body };
  }
}

function describeProblem(refusal: Refusal): Partial<AbbeycrossError> {
  const [problem] = refusal.problems;
  if (problem === undefined || refusal.code !== "invalid_request") return {};
  const text = `${problem.message}.`;
  const name = problem.path.join(".");
  if (name === "") return { text };
  return { code: chooseCode(problem), text, parameter_name: name, ...echoValue(problem) };
}

function chooseCode({ rule }: Problem): AbbeycrossError["code"] {
  if (rule === "required" || rule === "blank") return "MISSING_PARAMETER";
  return rule === "duplicated" ? "DUPLICATED_PARAMETER" : "INVALID_PARAMETER";
}

/** Echoes only the client id: any other value may be a secret, if only under a misspelt name. */
function echoValue({ path, value }: Problem): Partial<AbbeycrossError> {
  return path.join(".") !== "client_id" || value === undefined ? {} : { parameter_value: value };
}
