import type { RefusalCode } from "../engine/refusal";
import type { Clock } from "../engine/client";
import type { ExchangeOutcome } from "../http/mount";
import type { Audit, AuditedRefusal } from "../store/audit";

/** Milliseconds between two statements. */
const writeIntervalMs = 1_000;

/** Our own troubles, and what a client that waits for a person is told all the time: nobody was refused anything. */
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
  /** Rows a second at most. */
  perSecond: number;
  networkOf(request: ExchangeOutcome["request"]): string | null;
  clock: Clock;
  /** Told how many found no room, or were lost since the database was away. */
  onLeftOut(count: number): void;
}

export interface RefusalAudit {
  onOutcome(outcome: ExchangeOutcome): void;
  /** Writes what is there. */
  close(): Promise<void>;
}

/**
 * Refusals are written apart from the requests, in one statement a second, those that are alike as one row. A process writes
 * so many rows a second and no more, and while a statement is under way it sends no other: whoever gets refused on purpose
 * can neither fill the disk nor keep the database busy. What finds no room is counted.
 */
export function makeRefusalAudit(ports: RefusalAuditPorts): RefusalAudit {
  let kept = new Map<string, AuditedRefusal>();
  let leftOut = 0;
  let writing: Promise<void> | undefined;

  async function write(): Promise<void> {
    const rows = [...kept.values()];
    const missing = leftOut;
    kept = new Map();
    leftOut = 0;
    if (missing > 0) rows.push(makeLeftOutRow(missing, ports.clock()));
    if (rows.length === 0) return;
    try {
      await ports.audit.recordRefusals(rows);
    } catch {
      const lost = rows.reduce((sum, { code, times }) => sum + (code === "left_out" ? 0 : times), 0);
      leftOut += missing + lost;
      if (lost > 0) ports.onLeftOut(lost);
    }
  }

  const tick = (): void => {
    writing ??= write().finally(() => (writing = undefined));
  };
  const timer = setInterval(tick, writeIntervalMs);
  timer.unref();

  return {
    onOutcome: ({ contract, exchange, refusal, request }) => {
      if (refusal === undefined || unrecordedCodes.has(refusal.code)) return;
      const { note, correlationId } = exchange;
      const [clientId, network] = [note.client ?? null, ports.networkOf(request)];
      const key = JSON.stringify([contract, refusal.code, clientId, network]);
      const alike = kept.get(key);
      if (alike !== undefined) alike.times += 1;
      else if (kept.size < ports.perSecond)
        kept.set(key, { at: ports.clock(), contract: contract, code: refusal.code, clientId, network, correlationId, times: 1 });
      else {
        leftOut += 1;
        ports.onLeftOut(1);
      }
    },
    close: async () => {
      clearInterval(timer);
      await writing;
      await write();
    },
  };
}

function makeLeftOutRow(times: number, at: number): AuditedRefusal {
  return { at, contract: null, code: "left_out", clientId: null, network: null, correlationId: null, times };
}
