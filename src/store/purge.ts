import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "./database";
import { refusedWith, sqlState } from "./outcomes";
import { endOf, type EpochDay, partitionName, type Partitions, takeTurns } from "./partitions";
import { type PurgedRows, purgeRows } from "./purge-rows";

/** Dropping a partition locks the whole ledger for a moment. Requests queue behind a lock that waits, so it hardly waits. */
const lockTimeoutMs = 20;
const lockTries = 25;
const lockPauseMs = 200;

export interface Purged extends PurgedRows {
  /** Names of the partitions dropped here. */
  partitions: string[];
  /** Partitions left for the next time, because the ledger was too busy to lock. */
  left: number;
}

export interface PurgePorts {
  database: Database;
  partitions: Partitions;
  /** The longest life of any token. */
  longestTokenSeconds: number;
}

/**
 * Removes what nobody can need any more. Runs beside requests, and in several servers at once.
 * @returns a function of now (epoch milliseconds) and how long tokens stay in the ledger after they expired (seconds)
 */
export function makePurge({ database, partitions, longestTokenSeconds }: PurgePorts) {
  return async function purge(now: number, retentionSeconds: number): Promise<Purged> {
    const expired = (await partitions.days()).filter((day) => endOf(day) + retentionSeconds * 1000 <= now);
    const dropped: string[] = [];
    let left = 0;
    for (const day of expired) {
      const outcome = await drop(database, day);
      if (outcome !== "busy") partitions.forget(day);
      if (outcome === "dropped") dropped.push(partitionName(day));
      if (outcome === "busy") left += 1;
    }
    return { partitions: dropped, left, ...(await purgeRows(database, now, longestTokenSeconds)) };
  };
}

export type Purge = ReturnType<typeof makePurge>;

/** @returns `gone` if another server was quicker */
async function drop(database: Database, day: EpochDay): Promise<"dropped" | "gone" | "busy"> {
  for (let tries = 1; ; tries += 1) {
    try {
      await database.transaction(async (transaction) => {
        await transaction.raw(`SET LOCAL lock_timeout = ${lockTimeoutMs}`);
        await transaction.raw(takeTurns);
        await transaction.raw(`DROP TABLE ${partitionName(day)}`);
      });
      return "dropped";
    } catch (thrown) {
      if (refusedWith(thrown, sqlState.undefinedTable)) return "gone";
      if (!refusedWith(thrown, sqlState.lockNotAvailable, sqlState.deadlock)) throw thrown;
      if (tries === lockTries) return "busy";
      await sleep(lockPauseMs);
    }
  }
}
