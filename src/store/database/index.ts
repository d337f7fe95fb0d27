import type { Knex } from "knex";
import type PostgresClient from "knex/lib/dialects/postgres/index.js";
import { Unavailable } from "../../engine/refusal";
import { toUnavailable } from "./availability";
import { type LagLimit, makeLagLimit } from "./freshness";
import { withTimeout } from "./timeout";
import type { DatabaseSettings } from "./database-settings";
import { openKnex } from "./open-knex";
import { type PoolUsage, readPoolUsage } from "./pool-usage";
import type { Queryable, Statement } from "./queryable";
import { type PgQueryResult, runStatement, runTransaction } from "./statements";
import { makeWriteHealth, type WriteHealth } from "./write-health";

export type { DatabaseSettings } from "./database-settings";
export type { Queryable, QueryResult, Statement } from "./queryable";

/**
 * The only way to the database. Every method throws `Unavailable` if the database cannot be reached or is too slow, and
 * passes every other error on.
 */
export interface Database extends Queryable {
  /** Runs a query that `work` makes with the knex builder. */
  build<T>(work: (knex: Knex) => PromiseLike<T>): Promise<T>;
  /** Commits if `work` resolves, rolls back if it rejects. For requests: it costs less than `transaction`, which has the builder. */
  transact<T>(work: (within: Queryable) => Promise<T>): Promise<T>;
  /** Commits if `work` resolves, rolls back if it rejects. */
  transaction<T>(work: (transaction: Knex.Transaction) => Promise<T>): Promise<T>;
  /**
   * For maintenance and the command line, never while a request waits: opens connections of its own, closes them
   * afterwards, and allows ten minutes per statement.
   */
  runLongTask<T>(work: (knex: Knex) => Promise<T>): Promise<T>;
  /** Resolves if the database answers. */
  ping(): Promise<void>;
  /**
   * Resolves if the server can do its work: write tokens, which it tries with a row that no reader sees if the last write has failed,
   * or read. @throws Unavailable
   */
  checkReady(): Promise<void>;
  /** Makes the next `checkReady` write: a write has failed in another process of this server. */
  distrustWrites(): void;
  /** Whether a query has been waiting for 100 ms or more, or one was too late or out of space in the last two seconds. */
  isSlow(): boolean;
  /** Of a server that only reads: finds out how many seconds a standby is behind. Undefined if no server says so. */
  findLag?: () => Promise<number | undefined>;
  /** How many connections have ended that were not closed here, since the pool was opened, without those of `runLongTask`. */
  connectionsLost(): number;
  /** The usage at this moment, without the connections of `runLongTask`. */
  poolUsage(): PoolUsage;
  /** Waits for the statements in progress, then closes every connection. */
  close(): Promise<void>;
}

/** A request of several statements cannot afford such a wait at each of them. */
const slowAfterMs = 100;
/** A readiness probe waits no longer than a request does. */
const readyTimeoutMs = 1_000;
const longTaskStatementMs = 10 * 60_000;
const longTaskConnectMs = 5_000;
const pingStatement: Statement = { name: "ping", text: "SELECT 1" };
/** Writes nothing, but a read-only server refuses it, and it waits while the ledger is locked. */
const readyStatement: Statement = { name: "ready", text: "INSERT INTO issued_tokens (jti) SELECT NULL::uuid WHERE false" };

/** Opens a pool. The first query makes the first connection. */
export function openDatabase(settings: DatabaseSettings): Database {
  let connectionsLost = 0;
  const lagLimit = settings.maxLagSeconds === undefined ? undefined : makeLagLimit(settings.maxLagSeconds);
  const pool = openKnex(settings, { lagLimit, onConnectionLost: () => (connectionsLost += 1) });
  const client = pool.client as PostgresClient;
  /** The queries in progress, oldest first. */
  const waits = new Set<{ since: number }>();
  const writes = makeWriteHealth((work) => runTransaction(client, work), settings.onWriteFailure);

  /** Notes waits and failed writes. Only writes reveal a full disk, a missing standby or a locked row. */
  async function trackWait<T>(result: Promise<T>, isWrite: (result: T) => boolean): Promise<T> {
    const wait = { since: performance.now() };
    waits.add(wait);
    try {
      const value = await result;
      if (isWrite(value)) writes.noteSuccess();
      return value;
    } catch (thrown) {
      writes.noteFailure(thrown);
      throw thrown;
    } finally {
      waits.delete(wait);
    }
  }

  function run<Row>(statement: Statement, values: readonly unknown[]): Promise<PgQueryResult<Row>> {
    return translateErrors(runStatement<Row>(client, statement, values));
  }

  const database: Database = {
    query: <Row>(statement: Statement, values: readonly unknown[]) =>
      trackWait(run<Row>(statement, values), ({ command }) => command !== "SELECT"),
    build: (work) => trackWait(translateErrors(work(pool)), () => false),
    transact: (work) => trackWait(translateErrors(runTransaction(client, work)), () => true),
    transaction: (work) => trackWait(translateErrors(runKnexTransaction(pool, work)), () => true),
    async runLongTask(work) {
      const connectTimeoutMs = Math.max(settings.connectTimeoutMs, longTaskConnectMs);
      const longTaskPool = openKnex({ ...settings, poolMax: 2, connectTimeoutMs, statementTimeoutMs: longTaskStatementMs });
      try {
        return await translateErrors(work(longTaskPool));
      } finally {
        await longTaskPool.destroy();
      }
    },
    async ping() {
      await run(pingStatement, []);
    },
    checkReady: () => checkWrites(writes, () => run(readyStatement, [])),
    isSlow() {
      const [oldest] = waits;
      return writes.hasFailedRecently() || (oldest !== undefined && performance.now() - oldest.since >= slowAfterMs);
    },
    distrustWrites: () => writes.distrust(),
    connectionsLost: () => connectionsLost,
    poolUsage: () => readPoolUsage(pool),
    close: () => pool.destroy(),
  };
  return lagLimit === undefined ? database : { ...database, ...makeReadingPart(database, lagLimit) };
}

async function checkWrites(writes: WriteHealth, send: () => Promise<unknown>): Promise<void> {
  const check = async (): Promise<void> => {
    await send();
    await writes.check();
  };
  await withTimeout(readyTimeoutMs, check, () => undefined);
  if (writes.hasFailedRecently()) throw new Unavailable("database", "unreachable", "database: a write has failed in the last two seconds");
}

/** Of a server that only reads: a connection is enough, since each was measured. */
function makeReadingPart(database: Database, lagLimit: LagLimit): Pick<Database, "checkReady" | "findLag"> {
  return {
    checkReady: () =>
      withTimeout(
        readyTimeoutMs,
        () => database.ping(),
        () => undefined,
      ),
    findLag: async () => {
      await database.ping().catch(() => undefined);
      return lagLimit.readNewest();
    },
  };
}

/**
 * Throws what `work` threw. knex would throw the error of the rollback instead; on a connection that was destroyed after
 * a timeout, that error is no longer a timeout.
 */
async function runKnexTransaction<T>(pool: Knex, work: (transaction: Knex.Transaction) => Promise<T>): Promise<T> {
  let failure: { reason: unknown } | undefined;
  const keepReason = async (transaction: Knex.Transaction): Promise<T> => {
    try {
      return await work(transaction);
    } catch (reason) {
      failure = { reason };
      throw reason;
    }
  };
  try {
    return await pool.transaction(keepReason);
  } catch (thrown) {
    throw failure === undefined ? thrown : failure.reason;
  }
}

/** The only place that tells an unreachable or slow database from every other error. */
async function translateErrors<T>(result: PromiseLike<T>): Promise<T> {
  try {
    return await result;
  } catch (thrown) {
    throw toUnavailable(thrown);
  }
}
