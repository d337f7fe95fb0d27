import knex, { type Knex } from "knex";
import { asUnavailable } from "./availability";
import { postgresClient } from "./postgres-client";

export interface DatabaseSettings {
  /** A `postgres://` URL, or connection parameters of `pg` (`host` may be the folder of a Unix socket). */
  connection: string | Readonly<Record<string, unknown>>;
  /** Connections at most. */
  poolMax: number;
  /** Milliseconds until a connection must stand; also how long a query may wait for a free one. */
  connectTimeoutMs: number;
  /** Milliseconds a statement may run. Half a second later its connection is given up. */
  statementTimeoutMs: number;
  /** Told of every statement sent, so that a test can count them. */
  onStatement?: (sql: string) => void;
}

/** A statement of fixed text, prepared once per connection under its name. `?` stands for a value. */
export interface Statement {
  name: string;
  text: string;
}

export interface Answer<Row> {
  rows: Row[];
  rowCount: number;
}

/**
 * The one way to the database. Whatever runs through it throws `Unavailable` if the database is away or too slow, and
 * passes every other failure on.
 */
export interface Database {
  /** Runs one statement. */
  query<Row = never>(statement: Statement, values: readonly unknown[]): Promise<Answer<Row>>;
  /** Runs what the knex builder makes. */
  build<T>(work: (knex: Knex) => PromiseLike<T>): Promise<T>;
  /** Commits if `work` resolves, rolls back if it rejects. */
  transaction<T>(work: (transaction: Knex.Transaction) => Promise<T>): Promise<T>;
  /** For upkeep, out of the request path: connections of its own, closed afterwards, and ten minutes per statement. */
  patiently<T>(work: (knex: Knex) => Promise<T>): Promise<T>;
  /** Resolves if the database answers. */
  ping(): Promise<void>;
  /** Waits for what is running, then closes every connection. */
  close(): Promise<void>;
}

const answerGraceMs = 500;
const patientStatementMs = 10 * 60_000;
/** A server that vanished in the middle of a transaction keeps its locks no longer than this. */
const idleTransactionMs = 15_000;
const pingStatement: Statement = { name: "ping", text: "SELECT 1" };

/** Opens a pool. Nothing is connected before the first query. */
export function openDatabase(settings: DatabaseSettings): Database {
  const pool = openKnex(settings);

  const database: Database = {
    async query<Row>(statement: Statement, values: readonly unknown[]) {
      const raw = pool.raw<Answer<Row>>(statement.text, values as Knex.RawBinding[]).options({ name: statement.name });
      return available(raw);
    },
    build: (work) => available(work(pool)),
    transaction: (work) => available(transact(pool, work)),
    async patiently(work) {
      const patient = openKnex({ ...settings, poolMax: 2, statementTimeoutMs: patientStatementMs });
      try {
        return await available(work(patient));
      } finally {
        await patient.destroy();
      }
    },
    async ping() {
      await database.query(pingStatement, []);
    },
    close: () => pool.destroy(),
  };
  return database;
}

/**
 * What ended the work is what is thrown: knex would throw what the rollback ran into, which on a connection that was given
 * up for being silent is no longer a timeout.
 */
async function transact<T>(pool: Knex, work: (transaction: Knex.Transaction) => Promise<T>): Promise<T> {
  let ended: { reason: unknown } | undefined;
  const kept = async (transaction: Knex.Transaction): Promise<T> => {
    try {
      return await work(transaction);
    } catch (reason) {
      ended = { reason };
      throw reason;
    }
  };
  try {
    return await pool.transaction(kept);
  } catch (thrown) {
    throw ended === undefined ? thrown : ended.reason;
  }
}

/** The one place where "away" is told from "wrong". */
async function available<T>(answer: PromiseLike<T>): Promise<T> {
  try {
    return await answer;
  } catch (thrown) {
    throw asUnavailable(thrown);
  }
}

function openKnex(settings: DatabaseSettings): Knex {
  const { connectTimeoutMs, statementTimeoutMs } = settings;
  const opened = knex({
    client: postgresClient(statementTimeoutMs + answerGraceMs),
    // knex asks each server for its version otherwise, without any time limit; nothing it makes of the answer is used here.
    version: "14.0",
    connection: connectionOf(settings),
    // A little longer, so that a connection that cannot be made says so itself.
    acquireConnectionTimeout: connectTimeoutMs + 100,
    pool: { min: 0, max: settings.poolMax, createTimeoutMillis: connectTimeoutMs + answerGraceMs, createRetryIntervalMillis: 50 },
    // Failures are thrown to whoever asked; that knex prints them too, with values in the text, helps nobody.
    compileSqlOnError: false,
    log: { warn() {}, error() {}, deprecate() {}, debug() {} },
  });
  const { onStatement } = settings;
  if (onStatement !== undefined) opened.on("query", (query: { sql: string }) => onStatement(query.sql));
  return opened;
}

function connectionOf(settings: DatabaseSettings): Knex.StaticConnectionConfig {
  const { connection, connectTimeoutMs, statementTimeoutMs } = settings;
  const target = typeof connection === "string" ? { connectionString: connection } : connection;
  return {
    application_name: "polymint",
    ...target,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: idleTransactionMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}
