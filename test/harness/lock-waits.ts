/** Statements that wait for a lock, for tests that put two transactions into an order. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "../../src/store/database";

/** Waits until a statement that names the table waits for a lock. */
export async function waitForLockOn(database: Database, table: string): Promise<void> {
  while (!(await isWaitingFor(database, table))) await sleep(20);
}

/** Waits until the work is done, or one of its statements, which names the table, waits for a lock. */
export async function waitForEndOrLock(database: Database, table: string, work: Promise<unknown>): Promise<void> {
  const ended = work.then(
    () => true,
    () => true,
  );
  while (!(await Promise.race([ended, sleep(20, false)])) && !(await isWaitingFor(database, table)));
}

async function isWaitingFor(database: Database, table: string): Promise<boolean> {
  const { rows } = await database.build((knex) =>
    knex.raw<{ rows: unknown[] }>(
      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE ?",
      [`%${table}%`],
    ),
  );
  return rows.length > 0;
}
