import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "../database";
import { hasSqlState, sqlState } from "../database/errors";
import { type EpochDay, formatPartitionName, type Partitions, takePartitionTurn } from "./partitions";
import { findExpiredPartitions } from "./partitions-ahead";
import { type PurgedRows, purgeRows } from "./purge-rows";

/** Dropping a partition locks the whole ledger for a moment. Requests queue behind a lock that is waited for, so the wait is short. */
const lockTimeoutMs = 20;
const lockTries = 25;
const lockPauseMs = 200;

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
  for (let tries = 1; ; tries += 1) {
    try {
      await database.transaction(async (transaction) => {
        await transaction.raw(`SET LOCAL lock_timeout = ${lockTimeoutMs}`);
        await takePartitionTurn(transaction);
        await transaction.raw(`DROP TABLE ${formatPartitionName(day)}`);
      });
      return "dropped";
    } catch (thrown) {
      if (hasSqlState(thrown, sqlState.undefinedTable)) return "gone";
      if (!hasSqlState(thrown, sqlState.lockNotAvailable, sqlState.deadlock)) throw thrown;
      if (tries === lockTries) return { why: `The ledger could not be locked within ${lockTimeoutMs} ms in ${lockTries} tries.` };
      await sleep(lockPauseMs);
    }
  }
}
