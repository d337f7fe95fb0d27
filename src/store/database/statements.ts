import type PostgresClient from "knex/lib/dialects/postgres/index.js";
import type { Queryable, QueryResult, Statement } from "./queryable";

/** What `pg` makes of an answer. */
export interface PgQueryResult<Row> extends QueryResult<Row> {
  /** `SELECT`, `INSERT`, … */
  command: string;
}

/**
 * Runs a statement, prepared under its name, on a connection of the pool. knex would build a query from it at every call,
 * which costs more than sending it.
 */
export async function runStatement<Row>(
  client: PostgresClient,
  statement: Statement,
  values: readonly unknown[],
): Promise<PgQueryResult<Row>> {
  const connection = await client.acquireConnection();
  try {
    return await send<Row>(client, connection, makeQuery(statement, values));
  } finally {
    await client.releaseConnection(connection);
  }
}

/**
 * Runs statements in one transaction, which is committed if `work` resolves and rolled back if it rejects. A connection that
 * cannot even be rolled back is not used again.
 * @throws what `work` throws
 */
export async function runTransaction<T>(client: PostgresClient, work: (within: Queryable) => Promise<T>): Promise<T> {
  const connection = await client.acquireConnection();
  connection.__knexTxId = "transaction";
  try {
    await send(client, connection, { sql: "BEGIN" });
    const result = await workOrRollBack(client, connection, work);
    const { command } = await send(client, connection, { sql: "COMMIT" });
    // PostgreSQL rolls back a transaction in which a statement has failed, and reports no error.
    if (command !== "COMMIT") throw new Error(`the transaction ended with ${command}`);
    return result;
  } finally {
    delete connection.__knexTxId;
    await client.releaseConnection(connection);
  }
}

async function workOrRollBack<T>(
  client: PostgresClient,
  connection: PostgresClient.PooledConnection,
  work: (within: Queryable) => Promise<T>,
): Promise<T> {
  try {
    return await work({ query: (statement, values) => send(client, connection, makeQuery(statement, values)) });
  } catch (thrown) {
    await send(client, connection, { sql: "ROLLBACK" }).catch((reason: unknown) => (connection.__knex__disposed = reason));
    throw thrown;
  }
}

async function send<Row>(
  client: PostgresClient,
  connection: PostgresClient.PooledConnection,
  query: PostgresClient.Query,
): Promise<PgQueryResult<Row>> {
  client.emit("query", query);
  const { response } = await client._query(connection, query);
  return response as PgQueryResult<Row>;
}

function makeQuery(statement: Statement, values: readonly unknown[]): PostgresClient.Query {
  // As knex does. `pg` would store a null.
  if (values.includes(undefined)) throw new Error(`a value of ${statement.name} is undefined`);
  return { sql: numberValues(statement), bindings: values, options: { name: statement.name } };
}

/** The text of each statement as PostgreSQL wants it. */
const numbered = new WeakMap<Statement, string>();

/** Replaces each `?` by the number of its value. No statement has a `?` in another meaning. */
function numberValues(statement: Statement): string {
  const known = numbered.get(statement);
  if (known !== undefined) return known;
  let count = 0;
  const text = statement.text.replaceAll("?", () => `$${(count += 1)}`);
  numbered.set(statement, text);
  return text;
}
