import PostgresClient from "knex/lib/dialects/postgres/index.js";
import Query from "pg/lib/query.js";
import { withTimeout } from "./timeout";

/** All in milliseconds. */
export interface PoolerLimits {
  /** How long a statement may run. */
  statementMs: number;
  /** How long a transaction may wait for its next statement. */
  idleTransactionMs: number;
  /** How long it may take to find out whether the pooler keeps prepared statements. */
  connectMs: number;
}

type Connection = PostgresClient.PooledConnection;

/**
 * knex's PostgreSQL client for a pooler that lends a session for one transaction at a time.
 *
 * 1. Limits cannot be parameters of the session. Each transaction brings its own along, with its first message. The server
 *    must know them: it does not notice that a client has gone while a statement waits for a lock, so sessions would pile up.
 *
 * 2. Statements are prepared under names only where the pooler keeps these apart. PgBouncer does from 1.21 on, if
 *    `max_prepared_statements` is not 0.
 */
export function makePoolerClient(limits: PoolerLimits): typeof PostgresClient {
  const beginning = `; SET LOCAL statement_timeout = ${limits.statementMs}; SET LOCAL idle_in_transaction_session_timeout = ${limits.idleTransactionMs}`;

  return class extends PostgresClient {
    override async acquireRawConnection(): Promise<Connection> {
      const connection = await super.acquireRawConnection();
      const destroy = (): void => connection.connection.stream.destroy();
      try {
        connection.keepsNames = await withTimeout(limits.connectMs, () => findKeepsNames(connection), destroy);
      } catch (thrown) {
        destroy();
        throw thrown;
      }
      return connection;
    }

    override async _query(connection: Connection, query: PostgresClient.Query): Promise<PostgresClient.Query> {
      const { sql, bindings: values = [], options } = query;
      const name = connection.keepsNames === true ? options?.name : undefined;
      query.response = await sendLimited(connection, { text: sql, name, values });
      return query;
    }
  };

  function sendLimited(connection: Connection, query: Omit<Query.Config, "callback"> & { values: readonly unknown[] }): Promise<unknown> {
    const { text, name, values } = query;
    if (standingAlone.test(text)) return send(connection, (callback) => new Query({ text, callback }));
    if (/^begin\b/i.test(text)) return send(connection, (callback) => new Query({ text: text.replace(/;$/, "") + beginning, callback }));
    const isScript = name === undefined && values.length === 0 && /;\s*\S/.test(text);
    if (isScript) return sendScript(connection, text, limits.statementMs);
    return send(connection, (callback) => new LimitedQuery({ ...query, callback }, connection, limits.statementMs));
  }
}

/**
 * PostgreSQL refuses these in a transaction, so that no limit can come with them. The server stops waiting for one after the time
 * of a long task, and PostgreSQL goes on with it, unless the role or the database has a limit of its own.
 */
const standingAlone = /^(?:CREATE (?:UNIQUE )?|DROP )INDEX CONCURRENTLY /;

/** Runs several statements of one text, which cannot be prepared. The server takes them for one transaction. */
async function sendScript(connection: Connection, text: string, statementMs: number): Promise<unknown> {
  const limited = `SET LOCAL statement_timeout = ${statementMs}; ${text}`;
  const [, ...results] = (await send(connection, (callback) => new Query({ text: limited, callback }))) as unknown[];
  return results.length === 1 ? results[0] : results;
}

function send(connection: Connection, makeQuery: (callback: Query.Config["callback"]) => Query): Promise<unknown> {
  return new Promise((resolve, reject) => {
    connection.query(makeQuery((error, result) => (error === null ? resolve(result) : reject(error))));
  });
}

/** `true` makes the setting end with the transaction. */
const limitStatement = { name: "polymint_limit", text: "SELECT set_config('statement_timeout', $1, true)" };

/**
 * A query that limits itself, if it is not part of a transaction. Messages up to the next Sync are one transaction, and the
 * server reads its limit anew at each. So this takes no round trip, and nothing of it is left in the session.
 */
class LimitedQuery extends Query {
  /** Whether the next answer is that of the limit. */
  private awaitsLimit = false;

  constructor(
    config: Query.Config,
    private readonly connection: Connection,
    private readonly statementMs: number,
  ) {
    super(config);
  }

  override submit(wire: Query.Wire): Error | null {
    // Not earlier: the status is right when the connection is ready for this query.
    if (this.connection.getTransactionStatus() === "I") {
      this.awaitsLimit = true;
      this.queryMode = "extended";
    }
    return super.submit(wire);
  }

  override prepare(wire: Query.Wire): void {
    if (this.awaitsLimit) {
      const statement = this.connection.keepsNames === true ? limitStatement.name : "";
      if (statement === "") wire.parse({ name: "", text: limitStatement.text });
      wire.bind({ statement, values: [String(this.statementMs)] });
      wire.execute({});
    }
    super.prepare(wire);
  }

  override handleDataRow(message: unknown): void {
    if (!this.awaitsLimit) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, wire: Query.Wire): void {
    if (this.awaitsLimit) this.awaitsLimit = false;
    else super.handleCommandComplete(message, wire);
  }
}

/** Its text finds the statement itself. */
const probe = { name: "polymint_probe", text: "SELECT name FROM pg_prepared_statements WHERE statement LIKE '%polymint_probe%'" };

/** Asks under which name the server has a statement, and takes it away again before another client can have the session. */
class ProbeQuery extends Query {
  override prepare(wire: Query.Wire): void {
    wire.parse(probe);
    wire.bind({ statement: probe.name });
    wire.describe({ type: "P", name: "" });
    wire.execute({});
    wire.close({ type: "S", name: probe.name });
    wire.sync();
  }
}

/**
 * Finds out whether the pooler gives statements names of its own, so that those of two clients never meet. If it does,
 * prepares the statement of the limit, which every query binds.
 */
async function findKeepsNames(connection: Connection): Promise<boolean> {
  const { rows } = (await send(connection, (callback) => new ProbeQuery({ ...probe, callback }))) as { rows: { name: string }[] };
  const keepsNames = rows.length > 0 && rows.every(({ name }) => name !== probe.name);
  if (keepsNames) await send(connection, (callback) => new Query({ ...limitStatement, values: ["0"], callback }));
  return keepsNames;
}
