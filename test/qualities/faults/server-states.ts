import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Database, openDatabase } from "../../../src/store/database";
import { startPolymint, type TestOptions, type TestPolymint } from "../../../src/testkit";
import { defaultTimeLimits, type RequestToken, makeRequestToken } from "../../harness/token-requests";
import type { DatabaseFault } from "./fault";
import { makeOwnPostgres, type OwnPostgres } from "../../harness/own-postgres";

/** A whole Polymint with the limits of a server that is configured with nothing. */
export interface PolymintFixture {
  polymint: TestPolymint;
  /** Another way to Polymint's database, with patience. */
  other: Database;
  stop(): Promise<void>;
}

/** One on a PostgreSQL that anything may happen to. */
export interface PostgresFixture extends PolymintFixture {
  postgres: OwnPostgres;
  ask: RequestToken;
}

export async function makePostgresFixture(): Promise<PostgresFixture> {
  const postgres = await makeOwnPostgres();
  const seat = await startPolymintOn(postgres);
  return {
    ...seat,
    postgres,
    ask: await makeRequestToken(seat.polymint),
    stop: async () => {
      await seat.stop();
      await postgres.remove();
    },
  };
}

/** A Polymint with a database of its own on such a PostgreSQL. */
export async function startPolymintOn(postgres: OwnPostgres, options: TestOptions = {}): Promise<PolymintFixture> {
  let direct: Record<string, unknown> = {};
  const polymint = await startPolymint({
    ...defaultTimeLimits,
    ...options,
    databaseUrl: postgres.url,
    connectThrough: (connection) => (direct = connection),
  });
  const other = openDatabase({ connection: direct, poolMax: 4, connectTimeoutMs: 20_000, statementTimeoutMs: 60_000 });
  return {
    polymint,
    other,
    stop: async () => {
      await other.close();
      await polymint.stop();
    },
  };
}

/** Ways of a database to end, and to be there and yet of no use. */
export const serverFaults = {
  shutDown: makeEndFault("is shut down", "SIGINT"),
  shutDownAtOnce: makeEndFault("is shut down at once", "SIGQUIT"),
  killed: makeEndFault("is killed", "SIGKILL"),
  readOnly: makeSettingFault("takes no writes", "unreachable", "default_transaction_read_only", "on"),
  noStandby: makeSettingFault("waits for a standby that does not come", "timed_out", "synchronous_standby_names", "nobody"),
  locked: makeHeldFault("has its ledger locked by somebody else", ({ other }) => lockLedger(other)),
  exhausted: makeHeldFault("has no connection left for us", ({ polymint }) => takeAllConnections(polymint.database)),
};

type MakeServerFault = (stand: () => PostgresFixture) => DatabaseFault;

function makeEndFault(name: string, signal: Parameters<OwnPostgres["end"]>[0]): MakeServerFault {
  return (stand) => ({
    name,
    as: "unreachable",
    begin: () => stand().postgres.end(signal),
    end: () => stand().postgres.start(),
  });
}

function makeSettingFault(name: string, as: DatabaseFault["as"], setting: string, value: string): MakeServerFault {
  return (stand) => ({
    name,
    as,
    begin: () => stand().postgres.set(setting, value),
    end: () => stand().postgres.set(setting, null),
  });
}

/** @param hold resolves once it holds, to what lets go again */
function makeHeldFault(name: string, hold: (stand: PostgresFixture) => Promise<() => Promise<void>>): MakeServerFault {
  return (stand) => {
    let letGo: (() => Promise<void>) | undefined;
    return {
      name,
      as: "timed_out",
      begin: async () => {
        letGo = await hold(stand());
      },
      end: () => letGo?.(),
    };
  };
}

async function lockLedger(other: Database): Promise<() => Promise<void>> {
  return holdTransaction(other, (transaction) => transaction.raw("LOCK TABLE issued_tokens IN SHARE MODE"));
}

async function takeAllConnections(database: Database): Promise<() => Promise<void>> {
  const all = Array.from({ length: defaultTimeLimits.poolMax ?? 0 }, () =>
    holdTransaction(database, (transaction) => transaction.raw("SELECT 1")),
  );
  const letGo = await Promise.all(all);
  return async () => {
    await Promise.all(letGo.map((each) => each()));
  };
}

type Transaction = Parameters<Parameters<Database["transaction"]>[0]>[0];

/** Begins a transaction that stays open. */
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
 * Puts the ledger on a disk that is full.
 * @param emptied an empty table has no room left in any page, so that the very next row needs a new one; else many may still find some
 * @returns undefined where this machine lets us mount none
 */
export function makeFullDiskFault(stand: () => PostgresFixture, { emptied }: { emptied: boolean }): DatabaseFault | undefined {
  const disk = stand().postgres.smallDisk(2);
  if (disk === undefined) return undefined;
  const filler = join(disk, "filler");
  return {
    name: "has a full disk",
    as: "unreachable",
    begin: async () => {
      const { postgres, other } = stand();
      await postgres.run(`CREATE TABLESPACE small LOCATION '${disk}'`);
      const { rows } = await other.build((knex) =>
        knex.raw<{ rows: { name: string }[] }>(
          "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'issued_tokens'::regclass",
        ),
      );
      for (const { name } of rows) {
        if (emptied) await other.build((knex) => knex.raw(`TRUNCATE ${name}`));
        await other.build((knex) => knex.raw(`ALTER TABLE ${name} SET TABLESPACE small`));
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
