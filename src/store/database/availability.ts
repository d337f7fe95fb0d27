import { Unavailable } from "../../engine/refusal";
import { sqlState } from "./errors";
import { QueryTimeoutError } from "./timeout";
import { UnreplicatedError } from "./postgres-client";

/** Error codes of sockets and of name look-ups. */
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
 * SQLSTATEs of a server that is stopping, starting, crashed, dropped, read-only, or unable to read and write its own
 * files, and of one that does not let this process in: no such database, wrong password or role. Classes 08 (connection
 * exceptions) and 53 (insufficient resources, such as a full disk) are tested separately (PostgreSQL documentation,
 * Appendix A).
 */
const unreachableStates = new Set(["57P01", "57P02", "57P03", "57P04", "57P05", "25P03", "25006", "58030", "3D000", "28000", "28P01"]);

/** SQLSTATEs of a statement, a transaction or a lock that hit its time limit, of a serialization failure and of a deadlock. */
const timeoutStates = new Set(["57014", "25P04", "55P03", "40001", "40P01"]);

/** Messages of errors that `pg` 8, knex and tarn throw without a code. */
const unreachableMessages = new Set([
  "Connection terminated",
  "Connection terminated unexpectedly",
  "Client has encountered a connection error and is not queryable",
  "Client was closed and is not queryable",
  "Unable to acquire a connection",
  "aborted",
]);

/** SQLSTATEs of a prepared statement that is another client's, or in another session. */
const mixedUpStates: ReadonlySet<unknown> = new Set([sqlState.duplicateStatement, sqlState.undefinedStatement]);

/** A pooler that lends sessions stands before the database, and this server does not know it. */
export class UnknownPoolerError extends Unavailable {}

interface ThrownFields {
  code?: unknown;
  syscall?: unknown;
  name?: unknown;
  message?: unknown;
}

/**
 * Tells a database that is unreachable or too slow from every other failure, which is a bug and passes unchanged.
 * @returns an `Unavailable` caused by the thrown value, or the value itself
 */
export function toUnavailable(thrown: unknown): unknown {
  if (typeof thrown !== "object" || thrown === null) return thrown;
  if (thrown instanceof Unavailable && !(thrown instanceof QueryTimeoutError)) return thrown;
  const { code, message } = thrown as ThrownFields;
  const detail = `database: ${removeStatement(message)}${typeof code === "string" ? ` (${code})` : ""}`;
  if (isPoolerError(thrown)) {
    return new UnknownPoolerError(
      "database",
      "unreachable",
      `${detail}. A pooler that lends sessions needs DATABASE_POOLER=transaction`,
      thrown,
    );
  }
  const kind = classifyError(thrown);
  return kind === undefined ? thrown : new Unavailable("database", kind, detail, thrown);
}

/** PgBouncer refuses parameters that it cannot keep for each client. Where it is told to ignore them, prepared statements collide. */
function isPoolerError({ code, message }: ThrownFields): boolean {
  if (code === sqlState.protocolViolation) return removeStatement(message).startsWith("unsupported startup parameter");
  return mixedUpStates.has(code);
}

/** knex puts the statement and " - " in front of the driver's message. */
function removeStatement(message: unknown): string {
  return String(message).split(" - ").at(-1) ?? "";
}

function classifyError(thrown: ThrownFields): Unavailable["kind"] | undefined {
  const { code, message } = thrown;
  if (thrown instanceof QueryTimeoutError || thrown instanceof UnreplicatedError || thrown.name === "KnexTimeoutError") return "timed_out";
  if (code === "ETIMEDOUT" || timeoutStates.has(String(code))) return "timed_out";
  // A Unix socket that is missing, or that this process may not use.
  if (thrown.syscall === "connect" && (code === "ENOENT" || code === "EACCES")) return "unreachable";
  if (typeof code === "string") return isUnreachable(code) ? "unreachable" : undefined;
  const text = removeStatement(message);
  if (text === "timeout expired") return "timed_out";
  return unreachableMessages.has(text) ? "unreachable" : undefined;
}

function isUnreachable(code: string): boolean {
  return unreachableCodes.has(code) || unreachableStates.has(code) || /^(08|53)...$/.test(code);
}
