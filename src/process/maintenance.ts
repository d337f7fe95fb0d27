import type { Logger } from "pino";
import { longestTokenSeconds } from "../engine/lifetimes";
import type { Clock } from "../engine/client";
import type { Database } from "../store/database";
import { makePartitions } from "../store/ledger/partitions";
import { fewPartitions, countPartitionsAhead } from "../store/ledger/partitions-ahead";
import { makePurge } from "../store/ledger/purge";

const everyMs = 10 * 60_000;

export interface Upkeep {
  /** Seconds that expired tokens stay in the ledger. */
  retentionSeconds: number;
  /** Most tokens live for less than these days; the few partitions further ahead are made when a token needs them. */
  partitionsAhead: number;
}

/**
 * Makes partitions ahead, tells if there are too few of them, and removes what has expired, or tells that it cannot: now and
 * every ten minutes.
 * Several servers may do so at once. A failure is logged and tried again the next time; none keeps the rest from being done.
 * @returns stops; resolves when a run in progress is over
 */
export function keepHouse(database: Database, wanted: Upkeep, clock: Clock, log: Logger): () => Promise<void> {
  const partitions = makePartitions(database);
  const purge = makePurge({ database, partitions, longestTokenSeconds });

  const chores = [
    () => partitions.ensurePartitions(clock(), wanted.partitionsAhead),
    async () => {
      const ahead = countPartitionsAhead(await partitions.listDays(), clock());
      if (ahead < fewPartitions)
        log.warn({ partitionsAhead: ahead, wanted: wanted.partitionsAhead }, "the ledger has few partitions ahead");
    },
    async () => {
      const purged = await purge(clock(), wanted.retentionSeconds);
      log.debug(purged, "housekeeping");
      if (purged.left > 0) log.warn({ partitionsExpired: purged.left, detail: purged.why }, "expired partitions could not be dropped");
    },
  ];

  async function run(): Promise<void> {
    for (const chore of chores) await chore().catch((error: unknown) => logFailure(log, error));
    log.flush();
  }

  let running = run();
  const timer = setInterval(() => {
    running = running.then(run);
  }, everyMs);
  return async () => {
    clearInterval(timer);
    await running;
  };
}

function logFailure(log: Logger, error: unknown): void {
  log.warn({ detail: error instanceof Error ? error.message : String(error) }, "housekeeping failed; it will be tried again");
}
