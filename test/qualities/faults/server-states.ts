/** Faults of the PostgreSQL server itself: stopped, killed, read-only, locked, exhausted, full. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Database, openDatabase } from "../../../src/store/database";
import { startPolymint, type TestOptions, type TestPolymint } from "../../../src/testkit";
import { defaultTimeLimits, type RequestToken, makeRequestToken } from "../../harness/token-requests";
import type { DatabaseFault } from "./fault";
import { makeOwnPostgres, type OwnPostgres } from "../../harness/own-postgres";

/** A Polymint with the default time limits. */
export interface PolymintFixture {
  polymint: TestPolymint;
  /** Another connection to Polymint's database, with long time limits. */
  directDatabase: Database;
  stop(): Promise<void>;
}

/** A Polymint on a PostgreSQL server of its own, for faults. */
export interface PostgresFixture extends PolymintFixture {
  postgres: OwnPostgres;
  requestToken: RequestToken;
}

export async function makePostgresFixture(): Promise<PostgresFixture> {
  const postgres = await makeOwnPostgres();
  const started = await startPolymintOn(postgres);
  return {
    ...started,
    postgres,
    requestToken: await makeRequestToken(started.polymint),
    stop: async () => {
      await started.stop();
      await postgres.remove();
    },
  };
}

/** Starts a Polymint with a database of its own on this PostgreSQL server. */
export async function startPolymintOn(postgres: OwnPostgres, options: TestOptions = {}): Promise<PolymintFixture> {
  let direct: Record<string, unknown> = {};
  const polymint = await startPolymint({
    ...defaultTimeLimits,
    ...options,
    databaseUrl: postgres.url,
    connectThrough: (connection) => (direct = connection),
  });
  const directDatabase = openDatabase({ connection: direct, poolMax: 4, connectTimeoutMs: 20_000, statementTimeoutMs: 60_000 });
  return {
    polymint,
    directDatabase,
    stop: async () => {
      await directDatabase.close();
      await polymint.stop();
    },
  };
}

/** Faults in which the database server ends, and faults in which it runs but cannot be used. */
export const serverFaults = {
  shutDown: makeEndFault("is shut down", "SIGINT"),
  shutDownAtOnce: makeEndFault("is shut down at once", "SIGQUIT"),
  killed: makeEndFault("is killed", "SIGKILL"),
  readOnly: makeSettingFault("takes no writes", "unreachable", "default_transaction_read_only", "on"),
  noStandby: makeSettingFault("waits for a standby that never answers", "timed_out", "synchronous_standby_names", "nobody"),
  locked: makeHeldFault("has its ledger locked by another session", ({ directDatabase }) => lockLedger(directDatabase)),
  exhausted: makeHeldFault("has no free connection", ({ polymint }) => takeAllConnections(polymint.database)),
};

type MakeServerFault = (fixture: () => PostgresFixture) => DatabaseFault;

function makeEndFault(name: string, signal: Parameters<OwnPostgres["end"]>[0]): MakeServerFault {
  return (fixture) => ({
    name,
    as: "unreachable",
    begin: () => fixture().postgres.end(signal),
    end: () => fixture().postgres.start(),
  });
}

function makeSettingFault(name: string, as: DatabaseFault["as"], setting: string, value: string): MakeServerFault {
  return (fixture) => ({
    name,
    as,
    begin: () => fixture().postgres.set(setting, value),
    end: () => fixture().postgres.set(setting, null),
  });
}

/** @param hold blocks the database @returns a function that unblocks it */
function makeHeldFault(name: string, hold: (fixture: PostgresFixture) => Promise<() => Promise<void>>): MakeServerFault {
  return (fixture) => {
    let release: (() => Promise<void>) | undefined;
    return {
      name,
      as: "timed_out",
      begin: async () => {
        release = await hold(fixture());
      },
      end: () => release?.(),
    };
  };
}

async function lockLedger(directDatabase: Database): Promise<() => Promise<void>> {
  return holdTransaction(directDatabase, (transaction) => transaction.raw("LOCK TABLE issued_tokens IN SHARE MODE"));
}

async function takeAllConnections(database: Database): Promise<() => Promise<void>> {
  const all = Array.from({ length: defaultTimeLimits.poolMax ?? 0 }, () =>
    holdTransaction(database, (transaction) => transaction.raw("SELECT 1")),
  );
  const release = await Promise.all(all);
  return async () => {
    await Promise.all(release.map((each) => each()));
  };
}

type Transaction = Parameters<Parameters<Database["transaction"]>[0]>[0];

/** Begins a transaction and keeps it open. @returns a function that ends it */
async function holdTransaction(database: Database, work: (transaction: Transaction) => PromiseLike<unknown>): Promise<() => Promise<void>> {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return new Promise((resolve, reject) => {
    const over = database.transaction(async (transaction) => {
      await work(transaction);
      resolve(async () => {
        end();
        await over;
      });
      await ended;
    });
    over.catch(reject);
  });
}

/**
 * Moves the ledger to a disk that is full.
 * @param emptied empties the ledger first, so that the next row needs a new page; otherwise rows may fit into existing pages
 * @returns undefined where this user may not mount a small disk
 */
export function makeFullDiskFault(fixture: () => PostgresFixture, { emptied }: { emptied: boolean }): DatabaseFault | undefined {
  const disk = fixture().postgres.smallDisk(2);
  if (disk === undefined) return undefined;
  const filler = join(disk, "filler");
  return {
    name: "has a full disk",
    as: "unreachable",
    begin: async () => {
      const { postgres, directDatabase } = fixture();
      await postgres.run(`CREATE TABLESPACE small LOCATION '${disk}'`);
      const { rows } = await directDatabase.build((knex) =>
        knex.raw<{ rows: { name: string }[] }>(
          "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'issued_tokens'::regclass",
        ),
      );
      for (const { name } of rows) {
        if (emptied) await directDatabase.build((knex) => knex.raw(`TRUNCATE ${name}`));
        await directDatabase.build((knex) => knex.raw(`ALTER TABLE ${name} SET TABLESPACE small`));
      }
      fillDisk(filler);
    },
    end: () => rmSync(filler),
  };
}

function fillDisk(file: string): void {
  try {
    for (;;) writeFileSync(file, Buffer.alloc(4096), { flag: "a" });
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "ENOSPC") throw thrown;
  }
}
