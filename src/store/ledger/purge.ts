import type { Database } from "../database";
import { hasSqlState, sqlState } from "../database/errors";
import { changeBriefly } from "./brief-lock";
import { type EpochDay, formatPartitionName, type Partitions } from "./partitions";
import { findExpiredPartitions } from "./partitions-ahead";
import { type PurgedRows, purgeRows } from "./purge-rows";

export interface PurgeResult extends PurgedRows {
  /** Names of the partitions that this process dropped. */
  partitions: string[];
  /** How many partitions could not be dropped and are left for the next purge. */
  left: number;
  /** Why the last of those could not be dropped. */
  why?: string;
}

export interface PurgePorts {
  database: Database;
  partitions: Partitions;
  /** The longest life of any token. */
  longestTokenSeconds: number;
}

/**
 * Makes the function that removes expired partitions and rows. It may run beside requests, and in several servers at once.
 * @returns a function of now (epoch milliseconds) and how long tokens stay in the ledger after they expired (seconds)
 */
export function makePurge({ database, partitions, longestTokenSeconds }: PurgePorts) {
  return async function purge(now: number, retentionSeconds: number): Promise<PurgeResult> {
    const dropped: Pick<PurgeResult, "partitions" | "left" | "why"> = { partitions: [], left: 0 };
    for (const day of findExpiredPartitions(await partitions.listDays(), now, retentionSeconds)) {
      // A partition that cannot be dropped must not keep the others, nor the rows, from being purged.
      const outcome = await dropPartition(database, day).catch((thrown: unknown) => ({ why: getMessage(thrown) }));
      if (typeof outcome === "object") {
        dropped.left += 1;
        dropped.why = outcome.why;
        continue;
      }
      partitions.forget(day);
      if (outcome === "dropped") dropped.partitions.push(formatPartitionName(day));
    }
    return { ...dropped, ...(await purgeRows(database, now, longestTokenSeconds)) };
  };
}

function getMessage(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** @returns `gone` if another server has dropped it, or the reason if the ledger was too busy to be locked */
async function dropPartition(database: Database, day: EpochDay): Promise<"dropped" | "gone" | { why: string }> {
  try {
    const why = await changeBriefly(database, (transaction) => transaction.raw(`DROP TABLE ${formatPartitionName(day)}`));
    return why === undefined ? "dropped" : { why };
  } catch (thrown) {
    if (hasSqlState(thrown, sqlState.undefinedTable)) return "gone";
    throw thrown;
  }
}
