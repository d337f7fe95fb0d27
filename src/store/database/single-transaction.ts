import type { Knex } from "knex";
import type { Database, Queryable, QueryResult, Statement } from ".";

/**
 * Runs code that was written for a `Database` in one transaction, so that all of its changes happen or none. Transactions
 * that the code opens become part of this one.
 * @param isLongTask allows ten minutes per statement, for code that reads whole tables
 */
export function runInTransaction<T>(database: Database, isLongTask: boolean, work: (within: Database) => Promise<T>): Promise<T> {
  const workIn = (transaction: Knex.Transaction): Promise<T> => work(bindToTransaction(transaction, database));
  return isLongTask ? database.runLongTask((knex) => knex.transaction(workIn)) : database.transaction(workIn);
}

/** Runs a statement. @returns whether it changed exactly one row */
export async function changeRow(within: Queryable, statement: Statement, values: readonly unknown[]): Promise<boolean> {
  return (await within.query(statement, values)).rowCount === 1;
}

/** Runs statements in a transaction of knex. */
export function bindQueries(transaction: Knex.Transaction): Queryable {
  return {
    async query<Row>({ text }: Statement, values: readonly unknown[]) {
      return transaction.raw<QueryResult<Row>>(text, values as Knex.RawBinding[]);
    },
  };
}

function bindToTransaction(transaction: Knex.Transaction, database: Database): Database {
  const within = bindQueries(transaction);
  return {
    ...within,
    transact: (work) => work(within),
    build: async (work) => work(transaction),
    transaction: (work) => transaction.transaction(work),
    runLongTask: (work) => work(transaction),
    ping: () => database.ping(),
    checkReady: () => database.checkReady(),
    isSlow: () => database.isSlow(),
    distrustWrites: () => database.distrustWrites(),
    connectionsLost: () => database.connectionsLost(),
    poolUsage: () => database.poolUsage(),
    // The caller of `runInTransaction` closes the database.
    close: () => Promise.resolve(),
  };
}
