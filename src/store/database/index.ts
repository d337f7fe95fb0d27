import knex, { type Knex } from "knex";
import { Unavailable } from "../../engine/refusal";
import { toUnavailable } from "./availability";
import { hasSqlState, sqlState } from "./errors";
import { withTimeout } from "./timeout";
import { type PoolUsage, readPoolUsage } from "./pool-usage";
import { makePostgresClient } from "./postgres-client";

export interface DatabaseSettings {
  /** A `postgres://` URL, or connection parameters of `pg` (`host` may be the folder of a Unix socket). */
  connection: string | Readonly<Record<string, unknown>>;
  /** Connections at most. */
  poolMax: number;
  /** Milliseconds until a connection must stand; also how long a query may wait for a free one. */
  connectTimeoutMs: number;
  /** Milliseconds a statement may run. 300 later its connection is given up. */
  statementTimeoutMs: number;
  /** Told of every statement sent, so that a test can count them. */
  onStatement?: (sql: string) => void;
}

/** A statement of fixed text, prepared once per connection under its name. `?` stands for a value. */
export interface Statement {
  name: string;
  text: string;
}

export interface QueryResult<Row> {
  rows: Row[];
  rowCount: number;
}

interface PgQueryResult<Row> extends QueryResult<Row> {
  /** `SELECT`, `INSERT`, … */
  command: string;
}

/**
 * The one way to the database. Whatever runs through it throws `Unavailable` if the database is away or too slow, and
 * passes every other failure on.
 */
export interface Database {
  /** Runs one statement. */
  query<Row = never>(statement: Statement, values: readonly unknown[]): Promise<QueryResult<Row>>;
  /** Runs what the knex builder makes. */
  build<T>(work: (knex: Knex) => PromiseLike<T>): Promise<T>;
  /** Commits if `work` resolves, rolls back if it rejects. */
  transaction<T>(work: (transaction: Knex.Transaction) => Promise<T>): Promise<T>;
  /** For upkeep, out of the request path: connections of its own, closed afterwards, and ten minutes per statement. */
  runLongTask<T>(work: (knex: Knex) => Promise<T>): Promise<T>;
  /** Resolves if the database answers. */
  ping(): Promise<void>;
  /** Resolves if tokens can be written, as far as one can tell without writing any. */
  checkReady(): Promise<void>;
  /** Whether somebody has waited for noticeably long, or waited in vain just now. */
  isSlow(): boolean;
  /** At this moment; what `patiently` opens does not count. */
  poolUsage(): PoolUsage;
  /** Waits for what is running, then closes every connection. */
  close(): Promise<void>;
}

const resultGraceMs = 300;
/** For so long after something could not be written we are not ready, unless something else was written since. */
const notReadyMs = 2_000;
/** A wait that a request of several statements cannot afford at each of them. */
const slowAfterMs = 100;
/** Whoever asks whether we are ready waits no longer than for anything else. */
const readyTimeoutMs = 1_000;
const longTaskStatementMs = 10 * 60_000;
const longTaskConnectMs = 5_000;
/** What a server says that reads as well as ever. */
const writeFailureStates = [sqlState.diskFull, sqlState.ioError];
/** A connection that cannot be made fails one of those who wait for one; the others must not wait long for their turn to. */
const createRetryIntervalMillis = 5;
/** A server that vanished in the middle of a transaction keeps its locks no longer than this. */
const idleTransactionMs = 15_000;
const pingStatement: Statement = { name: "ping", text: "SELECT 1" };
/** Writes nothing, but is refused by a server that takes no writes, and waits where the ledger is locked. */
const readyStatement: Statement = { name: "ready", text: "INSERT INTO issued_tokens (jti) SELECT NULL::uuid WHERE false" };

/** Opens a pool. Nothing is connected before the first query. */
export function openDatabase(settings: DatabaseSettings): Database {
  const pool = openKnex(settings);
  /** Since when; the oldest first. */
  const waiting = new Set<{ since: number }>();
  let failedAt = -Infinity;

  /** Full disks, missing standbys and locked rows show only where something is written. */
  async function noting<T>(answer: Promise<T>, isWrite: (answer: T) => boolean): Promise<T> {
    const wait = { since: performance.now() };
    waiting.add(wait);
    try {
      const given = await answer;
      if (isWrite(given)) failedAt = -Infinity;
      return given;
    } catch (thrown) {
      if (thrown instanceof Unavailable && (thrown.kind === "timed_out" || hasSqlState(thrown, ...writeFailureStates)))
        failedAt = performance.now();
      throw thrown;
    } finally {
      waiting.delete(wait);
    }
  }

  const failedJustNow = (): boolean => performance.now() - failedAt < notReadyMs;

  function run<Row>({ text, name }: Statement, values: readonly unknown[]): Promise<PgQueryResult<Row>> {
    return translateErrors(pool.raw<PgQueryResult<Row>>(text, values as Knex.RawBinding[]).options({ name }));
  }

  const database: Database = {
    query: <Row>(statement: Statement, values: readonly unknown[]) =>
      noting(run<Row>(statement, values), ({ command }) => command !== "SELECT"),
    build: (work) => noting(translateErrors(work(pool)), () => false),
    transaction: (work) => noting(translateErrors(runTransaction(pool, work)), () => true),
    async runLongTask(work) {
      const connectTimeoutMs = Math.max(settings.connectTimeoutMs, longTaskConnectMs);
      const patient = openKnex({ ...settings, poolMax: 2, connectTimeoutMs, statementTimeoutMs: longTaskStatementMs });
      try {
        return await translateErrors(work(patient));
      } finally {
        await patient.destroy();
      }
    },
    async ping() {
      await run(pingStatement, []);
    },
    async checkReady() {
      await withTimeout(
        readyTimeoutMs,
        () => run(readyStatement, []),
        () => undefined,
      );
      if (failedJustNow()) throw new Unavailable("database", "unreachable", "database: something could not be written just now");
    },
    isSlow() {
      const [oldest] = waiting;
      return failedJustNow() || (oldest !== undefined && performance.now() - oldest.since >= slowAfterMs);
    },
    poolUsage: () => readPoolUsage(pool),
    close: () => pool.destroy(),
  };
  return database;
}

/**
 * What ended the work is what is thrown: knex would throw what the rollback ran into, which on a connection that was given
 * up for being silent is no longer a timeout.
 */
async function runTransaction<T>(pool: Knex, work: (transaction: Knex.Transaction) => Promise<T>): Promise<T> {
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
async function translateErrors<T>(answer: PromiseLike<T>): Promise<T> {
  try {
    return await answer;
  } catch (thrown) {
    throw toUnavailable(thrown);
  }
}

function openKnex(settings: DatabaseSettings): Knex {
  const { connectTimeoutMs, statementTimeoutMs } = settings;
  const opened = knex({
    client: makePostgresClient(statementTimeoutMs + resultGraceMs),
    // knex asks each server for its version otherwise, without any time limit; nothing it makes of the answer is used here.
    version: "14.0",
    connection: makeConnectionSettings(settings),
    // A little longer, so that a connection that cannot be made says so itself.
    acquireConnectionTimeout: connectTimeoutMs + 100,
    pool: { min: 0, max: settings.poolMax, createTimeoutMillis: connectTimeoutMs + resultGraceMs, createRetryIntervalMillis },
    // Failures are thrown to whoever asked; that knex prints them too, with values in the text, helps nobody.
    compileSqlOnError: false,
    log: { warn() {}, error() {}, deprecate() {}, debug() {} },
  });
  const { onStatement } = settings;
  if (onStatement !== undefined) opened.on("query", (query: { sql: string }) => onStatement(query.sql));
  return opened;
}

function makeConnectionSettings(settings: DatabaseSettings): Knex.StaticConnectionConfig {
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
