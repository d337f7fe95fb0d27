import { STATUS_CODES } from "node:http";
import { Refusal, type RefusalCode } from "../engine/refusal";
import { joinProblems } from "../http/problems";

/** A sentence for each refusal, for contracts that have no words of their own. They hold for any names of parameters. */
const texts: Readonly<Record<RefusalCode, string>> = {
  invalid_request: "The request is not valid.",
  malformed_request: "The request could not be read.",
  unsupported_grant_type: "This grant type is not offered.",
  invalid_client: "Client authentication failed.",
  client_disabled: "Client authentication failed.",
  unauthorized_client: "The client may not use this grant type.",
  invalid_scope: "The client may not have this scope.",
  invalid_grant: "The grant is not valid.",
  authorization_pending: "Nobody has approved the request yet.",
  slow_down: "Polled too soon: wait five seconds more between polls from now on.",
  expired_token: "The code has expired. Begin again.",
  access_denied: "Access was denied.",
  locked: "The grant is not valid.",
  subject_not_found: "The grant is not valid.",
  not_found: "There is nothing at this path.",
  method_not_allowed: "This path does not answer this method.",
  not_acceptable: "The answer can only be JSON.",
  payload_too_large: "The body is larger than 64 KiB.",
  unsupported_media_type: "Send an uncompressed body in UTF-8, of the media type that is documented.",
  throttled: "Too many requests. Try again later.",
  outside_hours: "The service is closed at this hour.",
  not_ready: "The service is starting.",
  server_error: "The request could not be completed.",
  dependency_unreachable: "The service cannot answer at the moment.",
  dependency_timeout: "The service cannot answer at the moment.",
};

/** Describes a refusal to the caller: the faults of its request if there are any, else a fixed sentence. ASCII without `"` and `\`. */
export function describeRefusal({ code, problems }: Refusal): string {
  return (joinProblems(problems) ?? texts[code]).replaceAll(/[^\x20-\x7e]|["\\]/g, "'");
}

/** The reason phrase of a status (RFC 9110 §15), such as "Bad Request". */
export function nameStatus(status: number): string {
  return STATUS_CODES[status] ?? "Error";
}

/** The value of `Retry-After`: whole seconds (RFC 9110 §10.2.3). */
export function formatRetryAfter({ retryAfterSeconds = 1 }: Refusal): string {
  return String(retryAfterSeconds);
}

/**
 * Tells an unknown grant type from other faults where the spec lists the grant types, so that the validator found it (RFC 6749 §5.2).
 * @param name what the contract calls the grant type
 */
export function nameUnknownGrant(refusal: Refusal, name: string): Refusal {
  const unknown = refusal.problems.some(({ path, rule }) => path.at(-1) === name && rule === "enum");
  return unknown ? new Refusal("unsupported_grant_type", refusal.message) : refusal;
}

/**
 * Tells the time, in epoch milliseconds, for errors that must carry it. It is text for people: nothing is decided by it, so it
 * is not the clock of the engine.
 */
export function tellTime(): number {
  return Date.now();
}
