import type PostgresClient from "knex/lib/dialects/postgres/index.js";
import type { QueryResult, Statement } from ".";

/** What `pg` makes of an answer. */
export interface PgQueryResult<Row> extends QueryResult<Row> {
  /** `SELECT`, `INSERT`, … */
  command: string;
}

/** Statements as PostgreSQL wants them, by those that are written in this program. */
const numbered = new WeakMap<Statement, string>();

/**
 * Runs a statement, prepared under its name, on a connection of knex's pool or of a transaction. knex would build a query from
 * it at every call, which costs more than sending it.
 * @param client knex's own, or that of a transaction
 */
export async function runStatement<Row>(
  client: PostgresClient,
  statement: Statement,
  values: readonly unknown[],
): Promise<PgQueryResult<Row>> {
  // knex says so too. `pg` would store a null.
  if (values.includes(undefined)) throw new Error(`a value of ${statement.name} is undefined`);
  const query = { sql: numberValues(statement), bindings: values, options: { name: statement.name } };
  const connection = await client.acquireConnection();
  try {
    client.emit("query", query);
    const { response } = await client._query(connection, query);
    return response as PgQueryResult<Row>;
  } finally {
    await client.releaseConnection(connection);
  }
}

/** Replaces each `?` by the number of its value. No statement has a `?` in another meaning. */
function numberValues(statement: Statement): string {
  const known = numbered.get(statement);
  if (known !== undefined) return known;
  let count = 0;
  const text = statement.text.replaceAll("?", () => `$${(count += 1)}`);
  numbered.set(statement, text);
  return text;
}
