/** The servers that the causes of statuses are produced at: each is a whole server in a different state. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Server } from "node:http";
import { createApp } from "../../../src/app";
import { readConfig } from "../../../src/config";
import { close, listen, makeServer } from "../../../src/server/http-server";
import { type Database, openDatabase } from "../../../src/store/database";
import { startPolymint, type TestPolymint } from "../../../src/testkit";
import { type FaultyWire, makeFaultyWire } from "../../../src/contract-suite/faulty-wire";
import type { Refusal } from "../../../src/engine/refusal";
import type { Observer } from "../../../src/telemetry/observer";
import { appOptionsOf } from "../../harness/app-options";

/** Servers that differ only in their configuration and in their database. */
export interface StatusServers {
  /** A server in good order. */
  polymint: TestPolymint;
  /** The connection of that server to its database. */
  wire: FaultyWire;
  /** The same database over a connection that no fault touches. */
  database: Database;
  /** A server whose limit of requests in flight is 0. */
  full: { url: string };
  /** A server on which every contract is switched off. */
  off: { url: string };
  /** A server that allows each client one token a minute and three failed authentications. */
  limited: TestPolymint;
  /** A server at which abbeycross is open on Mondays only. It is Thursday. */
  closed: { url: string };
  /** A server that has not reached its database since it was started. */
  starting: { url: string };
  /** A server with the sandbox, in good order, on the database of the first. */
  sandboxed: { url: string };
  /** How the last request at any server but that one was refused; undefined if it was not. */
  lastRefusal: () => Refusal | undefined;
  stop(): Promise<void>;
}

export async function startStatusServers(): Promise<StatusServers> {
  const wire = await makeFaultyWire();
  let direct: Record<string, unknown> = {};
  let last: Refusal | undefined;
  const observer: Observer = { onOutcome: ({ refusal }) => void (last = refusal) };
  const makeObserver = () => observer;
  const polymint = await startPolymint({
    makeObserver,
    // The page shows it.
    issuer: "http://polymint.test",
    connectThrough: (connection) => wire.through((direct = connection)),
    // Every cause in which the database does not answer waits for these.
    connectTimeoutMs: 500,
    statementTimeoutMs: 500,
  });
  const database = openDatabase({ connection: direct, poolMax: 2, connectTimeoutMs: 20_000, statementTimeoutMs: 30_000 });
  const full = await startPolymint({ makeObserver, maxInFlight: 0 });
  const off = await startPolymint({ makeObserver, contracts: [] });
  const once = { count: 1, windowSeconds: 60 };
  const limits = { perClient: once, perApiKey: once, failuresFrom: { count: 3, windowSeconds: 900 } };
  const limited = await startPolymint({ makeObserver, limits });
  const closed = await startPolymint({
    makeObserver,
    opensAt: readConfig({ HOURS_ABBEYCROSS: mondays }, ["abbeycross"]).contracts.opensAt,
  });
  const starting = await startWithoutDatabase(polymint, observer);
  const sandboxed = await polymint.startAnother({ sandbox: true });
  return {
    polymint,
    wire,
    database,
    full,
    off,
    limited,
    closed,
    starting,
    sandboxed,
    lastRefusal: () => last,
    stop: async () => {
      await starting.stop();
      for (const each of [polymint, full, off, limited, closed]) await each.stop();
      await database.close();
      await wire.close();
    },
  };
}

const mondays = JSON.stringify({ timeZone: "Europe/London", weekly: { monday: ["08:00-18:00"] } });

/** No server listens there. */
const unreachableAddress = { host: "127.0.0.1", port: 1, user: "nobody", database: "none" };

async function startWithoutDatabase(polymint: TestPolymint, observer: Observer): Promise<{ url: string; stop: () => Promise<void> }> {
  const database = openDatabase({ connection: unreachableAddress, poolMax: 1, connectTimeoutMs: 1_000, statementTimeoutMs: 1_000 });
  const { app, warmed } = createApp({ ...appOptionsOf(polymint), database, observer });
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

/** Runs `act` while the connection to the database is broken, restores it and waits until the server has reconnected. */
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

/** Runs `act` while a table is missing, as after half a migration. */
export async function withoutTable<T>({ database }: StatusServers, table: string, act: () => Promise<T>): Promise<T> {
  await database.build((knex) => knex.schema.renameTable(table, "mislaid"));
  try {
    return await act();
  } finally {
    await database.build((knex) => knex.schema.renameTable("mislaid", table));
  }
}
