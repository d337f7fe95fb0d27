import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { ProtocolErrorStatus } from "../../server/protocol-errors";
import type { CutOffReason } from "../../server/connection-slots";
import type { ExchangeOutcome } from "../../http/request-state";
import type { Database } from "../../store/database";
import type { BatchReport } from "../../store/ledger/batch-writer";
import type { PoolUsage } from "../../store/database/pool-usage";
import type { Observer } from "../observer";

/** Seconds, from a token request with a warm cache to the longest time that a caller waits. */
const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const batchBuckets = [1, 2, 4, 8, 16, 32, 64];

/** The metrics of one process. */
export interface ProcessMetrics {
  registry: Registry;
  observer: Observer;
  /** Adds the numbers of the connection pool to every scrape from now on. */
  observePool(database: Database): void;
  /** Counts refusals that the audit had no room for. */
  countUnauditedRefusals(count: number): void;
}

/**
 * Every label has a closed set of values, such as contracts, grants and refusal codes; nothing that a caller sends becomes a
 * label. So the number of series is bounded, and none contains a secret.
 */
export function makeProcessMetrics(): ProcessMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    observer: {
      onOutcome: makeRequestObserver(registry),
      onBatch: makeBatchObserver(registry),
      onTokensLost: makeLostTokensCounter(registry),
      ...makeServerCounters(registry),
    },
    observePool: (database) => observePool(registry, database),
    countUnauditedRefusals: makeUnauditedRefusalsCounter(registry),
  };
}

function makeRequestObserver(registry: Registry): (outcome: ExchangeOutcome) => void {
  const registers = [registry];
  const requests = new Counter({
    name: "polymint_requests_total",
    help: "Requests answered, by contract, grant (none if no token was requested) and outcome (ok or the refusal code)",
    labelNames: ["contract", "grant", "outcome"] as const,
    registers,
  });
  const durations = new Histogram({
    name: "polymint_request_duration_seconds",
    help: "Seconds from the start of a request to its answer",
    labelNames: ["contract", "grant"] as const,
    buckets: durationBuckets,
    registers,
  });
  return ({ contract, exchange, refusal, durationMs }) => {
    const grant = exchange.note.grant ?? "none";
    requests.inc({ contract, grant, outcome: refusal === undefined ? "ok" : refusal.code });
    durations.observe({ contract, grant }, durationMs / 1000);
  };
}

function makeServerCounters(registry: Registry): Pick<Observer, "onProtocolError" | "onCutOff"> {
  const registers = [registry];
  const refused = new Counter({
    name: "polymint_broken_requests_total",
    help: "Requests refused before they reached a contract, by status",
    labelNames: ["status"] as const,
    registers,
  });
  const cutOff = new Counter({
    name: "polymint_connections_cut_off_total",
    help: "Connections closed without an answer, by reason",
    labelNames: ["reason"] as const,
    registers,
  });
  return {
    onProtocolError: (status: ProtocolErrorStatus) => refused.inc({ status }),
    onCutOff: (reason: CutOffReason) => cutOff.inc({ reason }),
  };
}

function makeBatchObserver(registry: Registry): (batch: BatchReport) => void {
  const registers = [registry];
  const rows = new Histogram({
    name: "polymint_ledger_batch_rows",
    help: "Tokens written by one statement",
    buckets: batchBuckets,
    registers,
  });
  const wait = new Histogram({
    name: "polymint_ledger_wait_seconds",
    help: "Seconds that the oldest token of a batch waited until the batch was sent",
    buckets: durationBuckets,
    registers,
  });
  const write = new Histogram({
    name: "polymint_ledger_write_seconds",
    help: "Seconds from the sending of a batch to its commit or failure",
    buckets: durationBuckets,
    registers,
  });
  return (batch) => {
    rows.observe(batch.rows);
    wait.observe(batch.waitedMs / 1000);
    write.observe(batch.wroteMs / 1000);
  };
}

function makeLostTokensCounter(registry: Registry): (count: number) => void {
  const help = "Answered tokens that the database was found to have lost";
  const counter = new Counter({ name: "polymint_ledger_lost_total", help, registers: [registry] });
  return (count) => counter.inc(count);
}

const poolStates = ["used", "free", "pending", "max"] as const satisfies readonly (keyof PoolUsage)[];

function observePool(registry: Registry, database: Database): void {
  new Gauge({
    name: "polymint_database_connections",
    help: "Database connections that serve requests, by state: used, free, pending (requests that wait for one), max (the limit)",
    labelNames: ["state"] as const,
    registers: [registry],
    collect() {
      const occupancy = database.poolUsage();
      for (const state of poolStates) this.set({ state }, occupancy[state]);
    },
  });
}

function makeUnauditedRefusalsCounter(registry: Registry): (count: number) => void {
  const name = "polymint_audit_refusals_left_out_total";
  const counter = new Counter({ name, help: "Refusals that the audit had no room for", registers: [registry] });
  return (count) => counter.inc(count);
}
