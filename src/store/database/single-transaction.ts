import type { Knex } from "knex";
import type PostgresClient from "knex/lib/dialects/postgres/index.js";
import type { QueryResult, Database, Statement } from ".";
import { runStatement } from "./statements";

/**
 * Runs code that was written for a `Database` in one transaction, so that all of its changes happen or none. Transactions
 * that the code opens become part of this one.
 * @param isLongTask allows ten minutes per statement, for code that reads whole tables
 */
export function runInTransaction<T>(database: Database, isLongTask: boolean, work: (within: Database) => Promise<T>): Promise<T> {
  const workIn = (transaction: Knex.Transaction): Promise<T> => work(bindToTransaction(transaction, database));
  return isLongTask ? database.runLongTask((knex) => knex.transaction(workIn)) : database.transaction(workIn);
}

/** Runs a statement in the transaction, prepared like those of `Database.query`. @returns whether it changed exactly one row */
export async function changeRow(transaction: Knex.Transaction, statement: Statement, values: readonly unknown[]): Promise<boolean> {
  return (await queryIn(transaction, statement, values)).rowCount === 1;
}

/** Runs a statement in the transaction, prepared like those of `Database.query`. */
export async function queryIn<Row = never>(
  transaction: Knex.Transaction,
  statement: Statement,
  values: readonly unknown[],
): Promise<QueryResult<Row>> {
  if (transaction.isCompleted()) throw new Error(`${statement.name} came after the end of its transaction`);
  return runStatement<Row>(transaction.client as PostgresClient, statement, values);
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
    // The caller of `runInTransaction` closes the database.
    close: () => Promise.resolve(),
  };
}
