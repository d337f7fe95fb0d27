import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { FaultStatus } from "../../server/protocol-errors";
import type { CutOff } from "../../server/connection-slots";
import type { ExchangeOutcome } from "../../http/mount";
import type { Database } from "../../store/database";
import type { BatchReport } from "../../store/ledger/batch-writer";
import type { PoolUsage } from "../../store/database/pool-usage";
import type { Watch } from "../observer";

/** Seconds. From a token on a warm cache to what a caller waits for at most. */
const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const batchBuckets = [1, 2, 4, 8, 16, 32, 64];

/** What one process measures of itself. */
export interface ProcessMetrics {
  registry: Registry;
  watch: Watch;
  /** Makes the pool's numbers part of every scrape from now on. */
  observePool(database: Database): void;
  /** Refusals that the audit had no room for. */
  auditLeftOut(count: number): void;
}

/**
 * Labels are of closed sets only: contracts, grants and refusal codes are ours, and whatever a caller sends is none of them.
 * So there is a bounded number of series, and nothing secret in any.
 */
export function makeProcessMetrics(): ProcessMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    watch: { onOutcome: requestObserver(registry), onBatch: batchObserver(registry), ...edgeCounters(registry) },
    observePool: (database) => observePool(registry, database),
    auditLeftOut: leftOutCounter(registry),
  };
}

function requestObserver(registry: Registry): (outcome: ExchangeOutcome) => void {
  const registers = [registry];
  const requests = new Counter({
    name: "polymint_requests_total",
    help: "Requests answered, by contract, grant (none where no token was asked for) and outcome (ok, or the refusal)",
    labelNames: ["contract", "grant", "outcome"] as const,
    registers,
  });
  const durations = new Histogram({
    name: "polymint_request_duration_seconds",
    help: "From the beginning of a request to its answer",
    labelNames: ["contract", "grant"] as const,
    buckets: durationBuckets,
    registers,
  });
  return ({ contract: contract, exchange, refusal, durationMs }) => {
    const grant = exchange.note.grant ?? "none";
    requests.inc({ contract, grant, outcome: refusal === undefined ? "ok" : refusal.code });
    durations.observe({ contract, grant }, durationMs / 1000);
  };
}

function edgeCounters(registry: Registry): Pick<Watch, "onFault" | "onCutOff"> {
  const registers = [registry];
  const refused = new Counter({
    name: "polymint_broken_requests_total",
    help: "Requests refused before any contract saw them, by status",
    labelNames: ["status"] as const,
    registers,
  });
  const cutOff = new Counter({
    name: "polymint_connections_cut_off_total",
    help: "Connections ended without a word, by reason",
    labelNames: ["reason"] as const,
    registers,
  });
  return {
    onFault: (status: FaultStatus) => refused.inc({ status }),
    onCutOff: (reason: CutOff) => cutOff.inc({ reason }),
  };
}

function batchObserver(registry: Registry): (batch: BatchReport) => void {
  const registers = [registry];
  const rows = new Histogram({
    name: "polymint_ledger_batch_rows",
    help: "Tokens written by one statement",
    buckets: batchBuckets,
    registers,
  });
  const wait = new Histogram({
    name: "polymint_ledger_wait_seconds",
    help: "How long the oldest token of a batch waited for the batch to be sent",
    buckets: durationBuckets,
    registers,
  });
  const write = new Histogram({
    name: "polymint_ledger_write_seconds",
    help: "How long a batch took from being sent to its commit, or failure",
    buckets: durationBuckets,
    registers,
  });
  return (batch) => {
    rows.observe(batch.rows);
    wait.observe(batch.waitedMs / 1000);
    write.observe(batch.wroteMs / 1000);
  };
}

const poolStates = ["used", "free", "pending", "max"] as const satisfies readonly (keyof PoolUsage)[];

function observePool(registry: Registry, database: Database): void {
  new Gauge({
    name: "polymint_database_connections",
    help: "Connections of the pools that answer requests: used, free; pending are requests that wait for one; max is how many there may be",
    labelNames: ["state"] as const,
    registers: [registry],
    collect() {
      const occupancy = database.poolUsage();
      for (const state of poolStates) this.set({ state }, occupancy[state]);
    },
  });
}

function leftOutCounter(registry: Registry): (count: number) => void {
  const name = "polymint_audit_refusals_left_out_total";
  const counter = new Counter({ name, help: "Refusals that the audit had no room for", registers: [registry] });
  return (count) => counter.inc(count);
}
