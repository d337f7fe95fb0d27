import pino, { type Logger } from "pino";
import type { RefusalCode } from "../engine/refusal";
import type { ExchangeOutcome } from "../http/mount";

/** Refusals that are our own trouble, not the caller's. */
const ours: ReadonlySet<RefusalCode> = new Set(["server_error", "dependency_unreachable", "dependency_timeout"]);
/** Exchanges that would drown the others. */
const quiet: ReadonlySet<string> = new Set(["health"]);

/** Writes structured lines to standard error, several at a time; `flush` before the process ends. */
export function makeLog(level: string): Logger {
  const destination = pino.destination({ fd: 2, sync: false, minLength: 4096 });
  return pino({ level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}

/**
 * One line per exchange: who asked whom for what, how it ended and how long it took. The refusal's private detail stands
 * here and nowhere else. Nothing of the request itself is written, so no secret, token or key can be.
 */
export function logOutcome(log: Logger, { contract, exchange, status, refusal, durationMs }: ExchangeOutcome): void {
  const line = {
    correlationId: exchange.correlationId,
    contract,
    ...exchange.note,
    outcome: refusal === undefined ? "ok" : refusal.code,
    ...(refusal?.dependency === undefined ? {} : { dependency: refusal.dependency }),
    status,
    durationMs: Math.round(durationMs * 100) / 100,
  };
  if (refusal === undefined) log[quiet.has(contract) ? "debug" : "info"](line, "request");
  else if (ours.has(refusal.code)) log.error({ ...line, detail: refusal.message, stack: stackOf(refusal.cause) }, "request");
  else
    log.info(
      { ...line, detail: refusal.message, problems: refusal.problems.map(({ path, rule }) => `${path.map(fieldName).join(".")}: ${rule}`) },
      "request",
    );
}

/**
 * A field of a contract, or a place in a list. A field that a caller has made up may be anything, a secret pasted into the
 * wrong place among it: what does not look like ours is not written.
 */
function fieldName(name: string): string {
  return /^(?:[a-z][a-z_-]{0,30}|\d{1,3})$/i.test(name) ? name : "…";
}

/** The server goes on with the keys it holds in memory; who runs it should know before the next start, or the next key. */
export function logForeignSeal(log: Logger, kids: readonly string[]): void {
  const detail = "the signing keys were sealed under another master key; this server works on from memory, restart it with the new one";
  log.warn({ kids, detail }, "keys");
}

function stackOf(cause: unknown): string | undefined {
  return cause instanceof Error ? cause.stack : undefined;
}

/** The counts of limits, where they are kept outside the database. @param away why they do not answer; undefined when they do again */
export function logCountsAway(log: Logger, away: unknown): void {
  if (away === undefined) log.info("limits are counted in Redis again");
  else
    log.warn(
      { detail: away instanceof Error ? away.message : "no reason given" },
      "Redis does not count; limits are counted in the database",
    );
}
