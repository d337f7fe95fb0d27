import { setTimeout as sleep } from "node:timers/promises";
import type { Server } from "node:http";
import { createApp } from "../../../src/app";
import { readConfig } from "../../../src/config";
import { close, listen, makeServer } from "../../../src/server/http-server";
import { type Database, openDatabase } from "../../../src/store/database";
import { startPolymint, type TestPolymint } from "../../../src/testkit";
import { type FaultyWire, makeFaultyWire } from "../../harness/faulty-wire";
import { appOptionsOf } from "../../harness/app-options";

/** Servers in each state that a status can come from. All of them are the whole server; only their configuration and their database differ. */
export interface StatusServers {
  polymint: TestPolymint;
  /** Between that server and its database. */
  wire: FaultyWire;
  /** A way to the same database that nothing happens to. */
  database: Database;
  /** One that has no room for any request. */
  full: { url: string };
  /** One on which every contract is switched off. */
  off: { url: string };
  /** One that gives each client one token a minute, and hears of three wrong secrets. */
  limited: TestPolymint;
  /** One at which abbeycross works on Mondays alone; it is Thursday. */
  closed: { url: string };
  /** One that has not reached its database since it was started. */
  starting: { url: string };
  stop(): Promise<void>;
}

export async function startStatusServers(): Promise<StatusServers> {
  const wire = await makeFaultyWire();
  let direct: Record<string, unknown> = {};
  const polymint = await startPolymint({
    connectThrough: (connection) => wire.through((direct = connection)),
    statementTimeoutMs: 1_000,
  });
  const database = openDatabase({ connection: direct, poolMax: 2, connectTimeoutMs: 20_000, statementTimeoutMs: 30_000 });
  const full = await startPolymint({ maxInFlight: 0 });
  const off = await startPolymint({ contracts: [] });
  const once = { count: 1, windowSeconds: 60 };
  const limits = { perClient: once, perApiKey: once, failures: { count: 3, windowSeconds: 900 } };
  const limited = await startPolymint({ limits });
  const closed = await startPolymint({ opensAt: readConfig({ HOURS_ABBEYCROSS: mondays }, ["abbeycross"]).contracts.opensAt });
  const starting = await startWithoutDatabase(polymint);
  return {
    polymint,
    wire,
    database,
    full,
    off,
    limited,
    closed,
    starting,
    stop: async () => {
      await starting.stop();
      for (const each of [polymint, full, off, limited, closed]) await each.stop();
      await database.close();
      await wire.close();
    },
  };
}

const mondays = JSON.stringify({ timeZone: "Europe/London", weekly: { monday: ["08:00-18:00"] } });

/** Where nobody listens. */
const unreachableAddress = { host: "127.0.0.1", port: 1, user: "nobody", database: "none" };

async function startWithoutDatabase(polymint: TestPolymint): Promise<{ url: string; stop: () => Promise<void> }> {
  const database = openDatabase({ connection: unreachableAddress, poolMax: 1, connectTimeoutMs: 1_000, statementTimeoutMs: 1_000 });
  const { app, warmed } = createApp({ ...appOptionsOf(polymint), database });
  await warmed.catch(() => undefined);
  const server: Server = makeServer(app);
  const url = `http://127.0.0.1:${await listen(server, "127.0.0.1", 0)}`;
  return {
    url,
    stop: async () => {
      await close(server, 1_000);
      await database.close();
    },
  };
}

/** Does something while the way to the database is broken, and waits until it is whole again. */
export async function withDatabaseFault<T>({ wire, polymint }: StatusServers, fault: "cut" | "silence", act: () => Promise<T>): Promise<T> {
  wire[fault]();
  try {
    return await act();
  } finally {
    wire.mend();
    for (let good = 0; good < 3; good += 1) {
      await sleep(50);
      await polymint.database.ping().catch(() => (good = 0));
    }
  }
}

/** Does something while a table is not there, as after half a migration. */
export async function withoutTable<T>({ database }: StatusServers, table: string, act: () => Promise<T>): Promise<T> {
  await database.build((knex) => knex.schema.renameTable(table, "mislaid"));
  try {
    return await act();
  } finally {
    await database.build((knex) => knex.schema.renameTable("mislaid", table));
  }
}
