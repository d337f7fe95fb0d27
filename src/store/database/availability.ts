import { Unavailable } from "../../engine/refusal";
import { QueryTimeoutError } from "./timeout";
import { UnreplicatedError } from "./postgres-client";

/** Of the socket, and of looking up the server's name. */
const unreachableCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EHOSTDOWN",
  "ENETDOWN",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

/**
 * SQLSTATEs of a server that is stopping, starting, crashed, dropped, no longer the one that may write, or cannot read
 * and write its own files, and of one that does not let this process in: no such database, wrong password or role.
 * Class 08, connections, and class 53, which is a full disk and every other thing there is not enough of, come on top
 * (PostgreSQL documentation, Appendix A).
 */
const unreachableStates = new Set(["57P01", "57P02", "57P03", "57P04", "57P05", "25P03", "25006", "58030", "3D000", "28000", "28P01"]);

/** Cancelled by a time limit, of a statement, a transaction or a lock; and those who stood in each other's way. */
const timeoutStates = new Set(["57014", "25P04", "55P03", "40001", "40P01"]);

/** What `pg` 8, knex and tarn say without a code. */
const unreachableMessages = new Set([
  "Connection terminated",
  "Connection terminated unexpectedly",
  "Client has encountered a connection error and is not queryable",
  "Client was closed and is not queryable",
  "Unable to acquire a connection",
  "aborted",
]);

interface ThrownFields {
  code?: unknown;
  syscall?: unknown;
  name?: unknown;
  message?: unknown;
}

/**
 * Tells "the database is away" from every other failure. What is neither is a bug and passes unchanged.
 * @returns an `Unavailable` in the thrown value's place, or the value itself
 */
export function toUnavailable(thrown: unknown): unknown {
  if (typeof thrown !== "object" || thrown === null) return thrown;
  if (thrown instanceof Unavailable && !(thrown instanceof QueryTimeoutError)) return thrown;
  const kind = classifyError(thrown);
  if (kind === undefined) return thrown;
  const { code, message } = thrown as ThrownFields;
  return new Unavailable("database", kind, `database: ${removeStatement(message)}${typeof code === "string" ? ` (${code})` : ""}`, thrown);
}

/** knex puts the statement and " - " in front of what the driver said. */
function removeStatement(message: unknown): string {
  return String(message).split(" - ").at(-1) ?? "";
}

function classifyError(thrown: ThrownFields): Unavailable["kind"] | undefined {
  const { code, message } = thrown;
  if (thrown instanceof QueryTimeoutError || thrown instanceof UnreplicatedError || thrown.name === "KnexTimeoutError") return "timed_out";
  if (code === "ETIMEDOUT" || timeoutStates.has(String(code))) return "timed_out";
  // A Unix socket that is missing, or that belongs to nobody we may talk to.
  if (thrown.syscall === "connect" && (code === "ENOENT" || code === "EACCES")) return "unreachable";
  if (typeof code === "string") return isUnreachable(code) ? "unreachable" : undefined;
  const said = removeStatement(message);
  if (said === "timeout expired") return "timed_out";
  return unreachableMessages.has(said) ? "unreachable" : undefined;
}

function isUnreachable(code: string): boolean {
  return unreachableCodes.has(code) || unreachableStates.has(code) || /^(08|53)...$/.test(code);
}
