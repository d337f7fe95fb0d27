/** Statements that wait for a lock, for tests that put two transactions into an order. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Knex } from "knex";
import type { Database } from "../../src/store/database";

/** Waits until a statement that contains the text, such as the name of a table, waits for a lock. */
export async function waitForLockOn(database: Database, text: string): Promise<void> {
  while (!(await isWaitingFor(database, text))) await sleep(20);
}

/** Waits until the work is done, or a statement that contains the text waits for a lock. */
export async function waitForEndOrLock(database: Database, text: string, work: Promise<unknown>): Promise<void> {
  const ended = work.then(
    () => true,
    () => true,
  );
  while (!(await Promise.race([ended, sleep(20, false)])) && !(await isWaitingFor(database, text)));
}

/**
 * Locks the ledger's partitions until the transaction ends. So a redemption stops in its middle: after it spent, before it
 * writes the token. A lock of the whole ledger would stop it before it begins.
 */
export async function lockPartitions(transaction: Knex.Transaction): Promise<void> {
  const partitions = "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'issued_tokens'::regclass";
  const { rows } = await transaction.raw<{ rows: { name: string }[] }>(partitions);
  await transaction.raw(`LOCK TABLE ${rows.map(({ name }) => name).join(", ")} IN SHARE MODE`);
}

async function isWaitingFor(database: Database, text: string): Promise<boolean> {
  const { rows } = await database.build((knex) =>
    knex.raw<{ rows: unknown[] }>(
      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE ?",
      [`%${text}%`],
    ),
  );
  return rows.length > 0;
}
