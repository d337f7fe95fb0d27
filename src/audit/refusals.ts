import type { RefusalCode } from "../engine/refusal";
import type { Clock } from "../engine/client";
import type { ExchangeOutcome } from "../http/request-state";
import type { Audit, AuditedRefusal } from "../store/audit";

/** Milliseconds between two INSERT statements. */
const writeIntervalMs = 1_000;

/** Failures of the server, and the answers to a client that polls while a person decides: these refuse nothing. */
const unrecordedCodes: ReadonlySet<RefusalCode> = new Set([
  "server_error",
  "dependency_unreachable",
  "dependency_timeout",
  "not_ready",
  "authorization_pending",
  "slow_down",
]);

export interface RefusalAuditPorts {
  audit: Pick<Audit, "recordRefusals">;
  /** The most rows that a process writes per second. */
  perSecond: number;
  networkOf(request: ExchangeOutcome["request"]): string | null;
  clock: Clock;
  /** Called with the number of refusals that exceeded `perSecond`, or were lost because the database was unreachable. */
  onLeftOut(count: number): void;
}

export interface RefusalAudit {
  onOutcome(outcome: ExchangeOutcome): void;
  /** Stops the timer and writes the refusals that are still buffered. */
  close(): Promise<void>;
}

/**
 * Makes the audit of refusals by contracts and pages. A request for a path that none of them has, such as /favicon.ico, is left out. Refusals are written outside of the requests, in one statement per second, equal ones as one row.
 * A process writes at most `perSecond` rows per second and never two statements at once, so that an attacker who provokes
 * refusals can neither fill the disk nor keep the database busy. Refusals beyond that are only counted.
 */
export function makeRefusalAudit(ports: RefusalAuditPorts): RefusalAudit {
  let buffered = new Map<string, AuditedRefusal>();
  let leftOutCount = 0;
  let writing: Promise<void> | undefined;

  async function writeBuffered(): Promise<void> {
    const rows = [...buffered.values()];
    const missing = leftOutCount;
    buffered = new Map();
    leftOutCount = 0;
    if (missing > 0) rows.push(makeLeftOutRow(missing, ports.clock()));
    if (rows.length === 0) return;
    try {
      await ports.audit.recordRefusals(rows);
    } catch {
      const lost = rows.reduce((sum, { code, times }) => sum + (code === "left_out" ? 0 : times), 0);
      leftOutCount += missing + lost;
      if (lost > 0) ports.onLeftOut(lost);
    }
  }

  const startWriting = (): void => {
    writing ??= writeBuffered().finally(() => (writing = undefined));
  };
  const timer = setInterval(startWriting, writeIntervalMs);
  timer.unref();

  return {
    onOutcome: ({ contract, isUnknownPath, exchange, refusal, request }) => {
      if (isUnknownPath || refusal === undefined || unrecordedCodes.has(refusal.code)) return;
      const { note, correlationId } = exchange;
      const [clientId, network] = [note.client ?? null, ports.networkOf(request)];
      const key = JSON.stringify([contract, refusal.code, clientId, network]);
      const equal = buffered.get(key);
      if (equal !== undefined) equal.times += 1;
      else if (buffered.size < ports.perSecond)
        buffered.set(key, { at: ports.clock(), contract, code: refusal.code, clientId, network, correlationId, times: 1 });
      else {
        leftOutCount += 1;
        ports.onLeftOut(1);
      }
    },
    close: async () => {
      clearInterval(timer);
      await writing;
      await writeBuffered();
    },
  };
}

function makeLeftOutRow(times: number, at: number): AuditedRefusal {
  return { at, contract: null, code: "left_out", clientId: null, network: null, correlationId: null, times };
}
