import { setTimeout as sleep } from "node:timers/promises";
import type { Knex } from "knex";
import type { Database } from "../database";
import { hasSqlState, sqlState } from "../database/errors";
import { takePartitionTurn } from "./partitions";

/** Some changes lock the whole ledger for a moment. Requests queue behind a lock that is waited for, so the wait is short. */
const lockTimeoutMs = 20;
const lockTries = 25;
const lockPauseMs = 200;

/**
 * Changes the ledger's tables in a transaction, at a moment when no other transaction holds them for long. One server at a time.
 * @returns undefined, or why it was not changed: the ledger was too busy to be locked
 * @throws what `change` throws
 */
export async function changeBriefly(
  database: Database,
  change: (transaction: Knex.Transaction) => Promise<unknown>,
): Promise<string | undefined> {
  for (let tries = 1; ; tries += 1) {
    try {
      await database.transaction(async (transaction) => {
        await transaction.raw(`SET LOCAL lock_timeout = ${lockTimeoutMs}`);
        await takePartitionTurn(transaction);
        await change(transaction);
      });
      return undefined;
    } catch (thrown) {
      if (!hasSqlState(thrown, sqlState.lockNotAvailable, sqlState.deadlock)) throw thrown;
      if (tries === lockTries) return `The ledger could not be locked within ${lockTimeoutMs} ms in ${lockTries} tries.`;
      await sleep(lockPauseMs);
    }
  }
}
