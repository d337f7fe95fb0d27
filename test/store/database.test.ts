import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import knex from "knex";
import { Unavailable } from "../../src/engine/refusal";
import { makeClientRegistry } from "../../src/store/clients/registry";
import { type Database, openDatabase } from "../../src/store/database";
import { makeLedger } from "../../src/store/ledger";
import { makePartitions } from "../../src/store/ledger/partitions";
import { makeFaultyWire } from "../../src/contract-suite/faulty-wire";
import { isBehindPooler } from "../harness/behind-pooler";
import { makeLedgerEntry, makeOwnDatabase, now, type OwnDatabase, rejectionOf } from "../harness/own-database";
import { makeSwallowingWire } from "./swallowing-wire";

let own: OwnDatabase;

beforeAll(async () => {
  own = await makeOwnDatabase();
});
afterAll(() => own.drop());

/** Long enough for a busy machine to connect, short enough to wait for. */
const limits = { poolMax: 3, connectTimeoutMs: 2000, statementTimeoutMs: 300 };
const openAt = (connection: Record<string, unknown> | string) => openDatabase({ connection, ...limits });

async function getKind(promise: Promise<unknown>): Promise<string> {
  const reason = await rejectionOf(promise);
  return reason instanceof Unavailable ? reason.kind : `not Unavailable, but ${String(reason)}`;
}

/** Pings until the database answers again. The time limit of the test is the bound. */
async function waitUntilAnswering(database: Database): Promise<void> {
  for (;;) {
    try {
      return await database.ping();
    } catch (thrown) {
      if (!(thrown instanceof Unavailable)) throw thrown;
      await sleep(20);
    }
  }
}

describe("a silent network", () => {
  it("is a time-out for every query, and the pool replaces the dead connections", async () => {
    const wire = await makeSwallowingWire(own.connection);
    const database = openAt(wire.connection);
    try {
      await Promise.all([database.ping(), database.ping(), database.ping()]);
      wire.swallow();
      const asked = [database.ping(), database.ping(), database.transaction((transaction) => transaction.raw<unknown>("SELECT 1").then())];
      expect(await Promise.all(asked.map(getKind))).toEqual(["timed_out", "timed_out", "timed_out"]);
      await waitUntilAnswering(database);
    } finally {
      await database.close();
      await wire.close();
    }
  });

  it("(control) a pool without time limits of its own never recovers from it", async () => {
    const wire = await makeSwallowingWire(own.connection);
    const database = openAt(wire.connection);
    const plain = knex({
      client: "pg",
      connection: { ...wire.connection, ...(!isBehindPooler && { statement_timeout: 300 }) },
      pool: { min: 0, max: 1 },
    });
    try {
      await Promise.all([database.ping(), plain.raw("SELECT 1")]);
      wire.swallow();
      let settled = false;
      void plain.raw("SELECT 1").then(
        () => (settled = true),
        () => (settled = true),
      );
      expect(await getKind(database.ping())).toBe("timed_out");
      await waitUntilAnswering(database);
      expect(settled).toBe(false);
    } finally {
      await database.close();
      await wire.close();
      await plain.destroy();
    }
  });

  it("fails every row in the ledger's queue at once, and later rows are written", async () => {
    const wire = await makeSwallowingWire(own.connection);
    const database = openAt(wire.connection);
    try {
      const ledger = makeLedger({ database, partitions: makePartitions(database) });
      expect(await Promise.all(Array.from({ length: 200 }, () => ledger.record(makeLedgerEntry())))).toHaveLength(200);
      wire.swallow();
      const records = Array.from({ length: 500 }, () => getKind(ledger.record(makeLedgerEntry())));
      expect(new Set(await Promise.all(records))).toEqual(new Set(["timed_out"]));
      await waitUntilAnswering(database);
      expect(await Promise.all(Array.from({ length: 200 }, () => ledger.record(makeLedgerEntry())))).toHaveLength(200);
    } finally {
      await database.close();
      await wire.close();
    }
  });

  it("is a time-out for every query when it swallows the first packet of a connection", async () => {
    const hole = createServer((socket) => socket.on("error", () => undefined).resume());
    await new Promise<void>((resolve) => hole.listen(0, "127.0.0.1", resolve));
    const { port } = hole.address() as { port: number };
    const database = openDatabase({ connection: `postgres://polymint@127.0.0.1:${port}/x`, ...limits, connectTimeoutMs: 300 });
    expect(await Promise.all([database.ping(), database.ping(), database.ping(), database.ping()].map(getKind))).toEqual(
      Array.from({ length: 4 }, () => "timed_out"),
    );
    await database.close();
    await new Promise((resolve) => hole.close(resolve));
  });
});

describe("a statement that takes too long", () => {
  it("is a time-out, alone and in a transaction", async () => {
    const database = openAt(own.connection);
    expect(await getKind(database.query({ name: "slow", text: "SELECT pg_sleep(5)" }, []))).toBe("timed_out");
    expect(await getKind(database.transaction((transaction) => transaction.raw<unknown>("SELECT pg_sleep(5)").then()))).toBe("timed_out");
    await database.ping();
    await database.close();
  });

  it("finishes when it is part of a long task", async () => {
    const database = openAt(own.connection);
    await database.runLongTask((builder) => builder.raw<unknown>("SELECT pg_sleep(0.6)").then());
    await database.close();
  });
});

describe("an unreachable database", () => {
  it.each([
    ["refuses connections", () => "postgres://polymint@127.0.0.1:1/polymint"],
    ["has no such socket", () => ({ host: "/nowhere", user: "polymint", database: "polymint" })],
    ["has a name that cannot be resolved", () => "postgres://polymint@database.invalid/polymint"],
  ])("throws Unavailable with kind 'unreachable': the database %s", async (_what, connection) => {
    const database = openDatabase({ connection: connection(), ...limits, connectTimeoutMs: 10_000 });
    expect(await getKind(database.ping())).toBe("unreachable");
    expect(await getKind(makeClientRegistry({ database, clock: () => now }).findById("client"))).toBe("unreachable");
    await database.close();
  });

  it.each([
    ["is missing (3D000)", { database: "polymint_no_such_database" }],
    ["does not know the role (28000)", { user: "polymint_no_such_role" }],
  ])("throws Unavailable with kind 'unreachable': the database %s", async (_what, other) => {
    const connection = { ...own.connection, ...other };
    const { connectionString } = connection as { connectionString?: string };
    const database = openAt(connectionString === undefined ? connection : replaceInUrl(connectionString, other));
    expect(await getKind(database.ping())).toBe("unreachable");
    await database.close();
  });

  it.each([
    ["28P01", "password authentication failed"],
    ["28000", "no pg_hba.conf entry"],
    ["3D000", "database does not exist"],
    ["53300", "sorry, too many clients already"],
    ["57P03", "the database system is starting up"],
  ])("throws Unavailable with kind 'unreachable': the database answers %s (%s)", async (state, message) => {
    const server = await makeRefusingServer(state, message);
    const database = openAt(server.url);
    const registry = makeClientRegistry({ database, clock: () => now });
    expect(await getKind(registry.findById("client"))).toBe("unreachable");
    await database.close();
    await server.close();
  });

  it("is unreachable while the network is cut, and serves queries again afterwards", async () => {
    const wire = await makeFaultyWire();
    const database = openAt(wire.through(own.connection));
    await Promise.all([database.ping(), database.ping()]);
    wire.cut();
    const kinds = await Promise.all(Array.from({ length: 5 }, () => getKind(database.ping())));
    expect(new Set(kinds)).toEqual(new Set(["unreachable"]));
    wire.mend();
    await waitUntilAnswering(database);
    await database.close();
    await wire.close();
  });

  it("is unreachable for a statement whose connection it terminates, and serves queries again afterwards", async () => {
    const database = openDatabase({ connection: { ...own.connection, application_name: "ended" }, ...limits, statementTimeoutMs: 10_000 });
    await database.ping();
    const sleeping = getKind(database.query({ name: "sleeping", text: "SELECT pg_sleep(8)" }, []));
    const other = own.open();
    for (let ended = 0; ended === 0;) {
      const sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ended' AND wait_event = 'PgSleep'";
      ended = (await other.build((builder) => builder.raw<{ rowCount: number }>(sql))).rowCount;
    }
    expect(await sleeping).toBe("unreachable");
    await waitUntilAnswering(database);
    await database.close();
  });
});

describe("a bug in a statement or in a transaction", () => {
  it("is never taken for an unreachable database", async () => {
    const database = openAt(own.connection);
    for (const text of ["SELECT nothing", "SELECT 1/0", "SELECT * FROM no_such_table", "SELEKT", "SELECT 'x'::uuid"])
      expect(await getKind(database.query({ name: text, text }, []))).toMatch(/^not Unavailable/);
    expect(await getKind(database.transaction(() => Promise.reject(new Error("Connection refused by a joke"))))).toMatch(
      /^not Unavailable/,
    );
    await database.close();
  });

  it("rolls back everything in its transaction", async () => {
    const database = openAt(own.connection);
    const failing = database.transaction(async (transaction) => {
      await transaction("settings").insert({ name: "half", value: "done" });
      throw new Error("in the middle");
    });
    await expect(failing).rejects.toThrow("in the middle");
    expect(await database.build((builder) => builder("settings").where("name", "half"))).toEqual([]);
    await database.close();
  });
});

function replaceInUrl(connectionString: string, { database, user }: { database?: string; user?: string }): string {
  const url = new URL(connectionString);
  if (database !== undefined) url.pathname = `/${database}`;
  if (user !== undefined) url.username = user;
  return url.href;
}

/** A server that answers every connection with an error of PostgreSQL's protocol (ErrorResponse, chapter 54.7). */
async function makeRefusingServer(state: string, message: string): Promise<{ url: string; close(): Promise<void> }> {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${state}\0M${message}\0\0`);
  const length = Buffer.alloc(4);
  length.writeInt32BE(fields.length + 4);
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy()).once("data", () => socket.end(Buffer.concat([Buffer.from("E"), length, fields])));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `postgres://polymint@127.0.0.1:${port}/polymint`,
    close: async () => {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
