import type { Logger } from "pino";
import { longestTokenSeconds } from "../config";
import type { Clock } from "../engine/types";
import type { Database } from "../store/database";
import { makePartitions } from "../store/partitions";
import { makePurge } from "../store/purge";

const everyMs = 10 * 60_000;
/** Most tokens live for less than this; the few partitions further ahead are made when a token needs them. */
const daysAhead = 8;

/**
 * Makes tomorrow's partitions and removes what has expired, now and every ten minutes. Several servers may do so at
 * once. A failure is logged and tried again the next time.
 * @returns stops; resolves when a run in progress is over
 */
export function keepHouse(database: Database, retentionSeconds: number, clock: Clock, log: Logger): () => Promise<void> {
  const partitions = makePartitions(database);
  const purge = makePurge({ database, partitions, longestTokenSeconds });

  async function run(): Promise<void> {
    try {
      await partitions.ensurePartitions(clock(), daysAhead);
      const purged = await purge(clock(), retentionSeconds);
      log.debug(purged, "housekeeping");
    } catch (error) {
      log.warn({ detail: error instanceof Error ? error.message : String(error) }, "housekeeping failed; it will be tried again");
    }
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
