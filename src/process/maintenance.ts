import type { Logger } from "pino";
import { type Clock, longestTokenSeconds } from "../engine/client";
import type { Database } from "../store/database";
import { sendPulse } from "../store/database/freshness";
import { finishIndexes } from "../store/ledger/indexes";
import { makePartitions } from "../store/ledger/partitions";
import { fewPartitions, countPartitionsAhead } from "../store/ledger/partitions-ahead";
import { makePurge } from "../store/ledger/purge";

const intervalMs = 10 * 60_000;
/** Milliseconds between two pulses, and between two looks for a standby that would need them. */
const pulseMs = 1_000;
const noStandbyMs = 10_000;

export interface MaintenanceOptions {
  /** Seconds that expired tokens stay in the ledger. */
  retentionSeconds: number;
  /** Days. Most tokens expire within them; partitions further ahead are made when a token needs one. */
  partitionsAhead: number;
}

/**
 * Now and every ten minutes: makes partitions ahead, logs a warning if too few exist, finishes the ledger's indexes, and removes
 * expired rows and partitions, or logs that it cannot. Every second, if there is a standby: a pulse. Several servers may do this at
 * once. A task that fails is logged and tried again at the next run; the other tasks run nevertheless.
 * @returns a function that stops it; its promise resolves when a run in progress has ended
 */
export function startMaintenance(database: Database, options: MaintenanceOptions, clock: Clock, log: Logger): () => Promise<void> {
  const partitions = makePartitions(database);
  const purge = makePurge({ database, partitions, longestTokenSeconds });

  const tasks = [
    () => partitions.ensurePartitions(clock(), options.partitionsAhead),
    async () => {
      const ahead = countPartitionsAhead(await partitions.listDays(), clock());
      if (ahead < fewPartitions)
        log.warn({ partitionsAhead: ahead, wanted: options.partitionsAhead }, "The ledger has few partitions ahead.");
    },
    async () => {
      const unfinished = await finishIndexes(database);
      if (unfinished === undefined) return;
      const { isBuilding, detail } = unfinished;
      log[isBuilding ? "info" : "warn"]({ detail }, "The ledger's indexes are not finished.");
    },
    async () => {
      const purged = await purge(clock(), options.retentionSeconds);
      log.debug(purged, "Maintenance removed expired rows and partitions.");
      if (purged.left > 0) log.warn({ partitionsExpired: purged.left, detail: purged.why }, "Expired partitions could not be dropped.");
    },
  ];

  async function run(): Promise<void> {
    for (const task of tasks) await task().catch((error: unknown) => logFailure(log, error));
    log.flush();
  }

  let running = run();
  const timer = setInterval(() => {
    running = running.then(run);
  }, intervalMs);
  const stopPulse = startPulse(database);
  return async () => {
    clearInterval(timer);
    await stopPulse();
    await running;
  };
}

/** One pulse waits for the one before. A pulse that fails shows at the standbys, whose servers become too far behind. */
function startPulse(database: Database): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  async function beat(): Promise<void> {
    const hasStandby = await sendPulse(database).catch(() => true);
    if (!isStopped) timer = setTimeout(() => (beating = beat()), hasStandby ? pulseMs : noStandbyMs);
  }
  let beating = beat();
  return async () => {
    isStopped = true;
    clearTimeout(timer);
    await beating;
  };
}

function logFailure(log: Logger, error: unknown): void {
  log.warn({ detail: error instanceof Error ? error.message : String(error) }, "A maintenance task failed and will be tried again.");
}
