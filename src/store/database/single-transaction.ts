import type { Knex } from "knex";
import type { QueryResult, Database, Statement } from ".";

/**
 * Runs work that was written for a database in one transaction, so that all of it is done or nothing: what the work does in
 * transactions of its own becomes part of this one.
 * @param patiently with ten minutes per statement, for what looks through whole tables
 */
export function runInTransaction<T>(database: Database, patiently: boolean, work: (within: Database) => Promise<T>): Promise<T> {
  const whole = (transaction: Knex.Transaction): Promise<T> => work(bindToTransaction(transaction, database));
  return patiently ? database.runLongTask((knex) => knex.transaction(whole)) : database.transaction(whole);
}

/** Runs a statement in the transaction, prepared like those of `Database.query`. @returns whether it changed exactly one row */
export async function changeRow(transaction: Knex.Transaction, { name, text }: Statement, values: readonly unknown[]): Promise<boolean> {
  const { rowCount } = await transaction.raw<{ rowCount: number }>(text, values as Knex.RawBinding[]).options({ name });
  return rowCount === 1;
}

function bindToTransaction(transaction: Knex.Transaction, database: Database): Database {
  return {
    async query<Row>({ text }: Statement, values: readonly unknown[]) {
      return transaction.raw<QueryResult<Row>>(text, values as Knex.RawBinding[]);
    },
    build: async (work) => work(transaction),
    transaction: (work) => transaction.transaction(work),
    runLongTask: (work) => work(transaction),
    ping: () => database.ping(),
    checkReady: () => database.checkReady(),
    isSlow: () => database.isSlow(),
    poolUsage: () => database.poolUsage(),
    // Whoever opened the transaction ends it.
    close: () => Promise.resolve(),
  };
}
