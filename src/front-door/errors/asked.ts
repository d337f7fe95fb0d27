import { Refusal, type RefusalCode, refusalCodes } from "../../engine/refusal";
import { beginExchange } from "../../http/correlation";
import { noCorrelation, type Reply } from "../../http/api";
import type { Refuse } from "../spec-files";
import type { StatusRow } from "./recorded";

/** What leads to each refusal, for a reader who writes a client. */
const causes: Readonly<Record<RefusalCode, string>> = {
  invalid_request: "A part of the request is missing or not what the document declares.",
  malformed_request: "The body cannot be read.",
  unsupported_grant_type: "The grant is none of those on offer.",
  invalid_client: "The client does not prove itself.",
  client_disabled: "The client is disabled.",
  unauthorized_client: "The client is not registered for this grant.",
  invalid_scope: "The client is not registered for the scope.",
  invalid_grant: "The code, token or assertion is unknown, expired or spent.",
  authorization_pending: "The person has not decided yet.",
  slow_down: "The device asks too often.",
  expired_token: "The device code has expired.",
  access_denied: "The person, or this server, has denied access.",
  locked: "There were too many failed logins.",
  subject_not_found: "The person or identity does not exist.",
  not_found: "There is nothing at this path, or the contract is switched off.",
  method_not_allowed: "The path does not answer this method.",
  not_acceptable: "The Accept header excludes what the server can send.",
  payload_too_large: "The body is larger than 64 KiB.",
  unsupported_media_type: "The body has another type, or is compressed.",
  throttled: "The caller asks more often than it may.",
  outside_hours: "The contract is outside its working hours.",
  not_ready: "The server is starting.",
  server_error: "The server has failed.",
  dependency_unreachable: "What the server depends on cannot be reached.",
  dependency_timeout: "What the server depends on does not answer in time.",
};

/** Asks the code of a contract how it answers each refusal, where no test recorded it. The rows stand in the order of their status. */
export function askForStatuses(refuse: Refuse, path: string): StatusRow[] {
  const rows = refusalCodes.map((code) => {
    const details = code === "method_not_allowed" ? { allow: ["POST"] } : code === "throttled" ? { retryAfterSeconds: 60 } : {};
    const exchange = { ...beginExchange(noCorrelation, {}, path), correlationId: "…" };
    const reply = refuse(new Refusal(code, "asked by the page of errors", details), exchange);
    return { status: String(reply.status), cause: causes[code], answer: formatReply(reply) };
  });
  return rows.sort((a, b) => Number(a.status) - Number(b.status));
}

const shownHeaders = ["allow", "retry-after", "www-authenticate"];

function formatReply({ status, headers = {}, body }: Reply): string {
  const own = Object.entries(headers).flatMap(([name, value]) =>
    value !== undefined && shownHeaders.includes(name.toLowerCase()) ? [`\`${name.toLowerCase()}: ${value}\``] : [],
  );
  return [String(status), ...own, body === undefined ? "no body" : `\`${JSON.stringify(body)}\``].join(" · ");
}
