import { writeSync } from "node:fs";
import pino, { type Logger } from "pino";
import type { RefusalCode } from "../engine/refusal";
import type { ExchangeOutcome } from "../http/request-state";
import type { UnlistedProxy } from "../http/unlisted-proxy";

const standardError = 2;
/** Characters of lines that are passed on together. */
const passedOnAt = 8192;

/** Refusals that are the server's failure, not the caller's. */
const serverFailures: ReadonlySet<RefusalCode> = new Set(["server_error", "dependency_unreachable", "dependency_timeout"]);
/** Contracts that are asked so often that their lines would hide the others. */
const quietContracts: ReadonlySet<string> = new Set(["health"]);

/** Makes a log that writes structured lines to standard error, several at a time; call `flush` before the process ends. */
export function makeLog(level: string): Logger {
  const destination = collectLines(pino.destination({ fd: standardError, sync: false }));
  return pino({ level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}

/**
 * Passes lines on several at a time. The destination could collect them itself, but it copies all that it has at every line
 * that it gets: half of what a line costs.
 */
function collectLines(destination: ReturnType<typeof pino.destination>) {
  const lines: string[] = [];
  let length = 0;
  const takeAll = (): string => {
    length = 0;
    return lines.splice(0).join("");
  };
  process.on("exit", () => {
    // The destination has written what it had, and takes no more.
    try {
      writeSync(standardError, takeAll());
    } catch {
      // Nobody reads standard error.
    }
  });
  return {
    write(line: string): void {
      lines.push(line);
      length += line.length;
      if (length >= passedOnAt) destination.write(takeAll());
    },
    flush(done?: (error?: Error) => void): void {
      if (lines.length > 0) destination.write(takeAll());
      destination.flush(done);
    },
  };
}

/**
 * Writes one line per exchange: which client asked which contract for what, how the request ended and how long it took. The
 * private detail of a refusal is written here and nowhere else. No part of the request itself is written, so the line cannot
 * contain a secret, token or key.
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
  const message = "A request was answered.";
  if (refusal === undefined) log[quietContracts.has(contract) ? "debug" : "info"](line, message);
  else if (serverFailures.has(refusal.code)) log.error({ ...line, detail: refusal.message, stack: stackOf(refusal.cause) }, message);
  else
    log.info(
      {
        ...line,
        detail: refusal.message,
        problems: refusal.problems.map(({ path, rule }) => `${path.map(redactFieldName).join(".")}: ${rule}`),
      },
      message,
    );
}

/**
 * Returns the name of a contract's field or a list index unchanged, and hides any other name. A caller can invent field
 * names, and a secret may have been pasted in place of one.
 */
function redactFieldName(name: string): string {
  return /^(?:[a-z][a-z_-]{0,30}|\d{1,3})$/i.test(name) ? name : "…";
}

/** Warns that the stored keys can no longer be opened. The operator should know before the next start, or before the next key is needed. */
export function logForeignSeal(log: Logger, kids: readonly string[]): void {
  log.warn(
    { kids },
    "The signing keys were sealed under another master key. This server goes on with the keys in its memory; restart it with the new master key.",
  );
}

function stackOf(cause: unknown): string | undefined {
  return cause instanceof Error ? cause.stack : undefined;
}

/**
 * Logs whether limits are counted in Redis or in the database.
 * @param away why Redis does not answer; undefined when it answers again
 */
export function logCountsAway(log: Logger, away: unknown): void {
  if (away === undefined) log.info("Limits are counted in Redis again.");
  else
    log.warn(
      { detail: away instanceof Error ? away.message : "no reason given" },
      "Redis does not count limits now. They are counted in the database, or with SERVE=read in this process, until it does.",
    );
}

/** Warns that a forwarding header came from an address that is no listed proxy. The header's value is not logged: a stranger may have written it. */
export function logUnlistedProxy(log: Logger, { header, address }: UnlistedProxy): void {
  log.warn(
    { header, address },
    "A forwarding header from an address that is not in TRUSTED_PROXIES was ignored. If that is your proxy, all its callers count as one: list it. This is said once.",
  );
}
