import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import knex from "knex";
import { Unavailable } from "../../src/engine/refusal";
import { makeClientRegistry } from "../../src/store/clients/registry";
import { type Database, openDatabase } from "../../src/store/database";
import { makeLedger } from "../../src/store/ledger";
import { makePartitions } from "../../src/store/ledger/partitions";
import { makeFaultyWire } from "../harness/faulty-wire";
import { entry, makeOwnDatabase, now, type OwnDatabase, reasonOf } from "../harness/own-database";
import { makeSwallowingWire } from "./swallowing-wire";

let own: OwnDatabase;

beforeAll(async () => {
  own = await makeOwnDatabase();
});
afterAll(() => own.drop());

/** Long enough for a busy machine to connect, short enough to wait for. */
const limits = { poolMax: 3, connectTimeoutMs: 2000, statementTimeoutMs: 300 };
const on = (connection: Record<string, unknown> | string) => openDatabase({ connection, ...limits });

async function kindOf(promise: Promise<unknown>): Promise<string> {
  const reason = await reasonOf(promise);
  return reason instanceof Unavailable ? reason.kind : `not Unavailable, but ${String(reason)}`;
}

/** Asks until the database answers again; the test's own time limit is the bound. */
async function answersAgain(database: Database): Promise<void> {
  for (;;) {
    try {
      return await database.ping();
    } catch (thrown) {
      if (!(thrown instanceof Unavailable)) throw thrown;
      await sleep(20);
    }
  }
}

describe("a network gone silent", () => {
  it("reads as a time-out, and connections that died of it are replaced", async () => {
    const wire = await makeSwallowingWire(own.connection);
    const database = on(wire.connection);
    try {
      await Promise.all([database.ping(), database.ping(), database.ping()]);
      wire.swallow();
      const asked = [database.ping(), database.ping(), database.transaction((transaction) => transaction.raw<unknown>("SELECT 1").then())];
      expect(await Promise.all(asked.map(kindOf))).toEqual(["timed_out", "timed_out", "timed_out"]);
      await answersAgain(database);
    } finally {
      await database.close();
      await wire.close();
    }
  });

  it("would poison the pool for good if only the server kept the time", async () => {
    const wire = await makeSwallowingWire(own.connection);
    const database = on(wire.connection);
    const plain = knex({ client: "pg", connection: { ...wire.connection, statement_timeout: 300 }, pool: { min: 0, max: 1 } });
    try {
      await Promise.all([database.ping(), plain.raw("SELECT 1")]);
      wire.swallow();
      let settled = false;
      void plain.raw("SELECT 1").then(
        () => (settled = true),
        () => (settled = true),
      );
      expect(await kindOf(database.ping())).toBe("timed_out");
      await answersAgain(database);
      expect(settled).toBe(false);
    } finally {
      await database.close();
      await wire.close();
      await plain.destroy();
    }
  });

  it("fails everything in the ledger's queue at once, and what comes later is written", async () => {
    const wire = await makeSwallowingWire(own.connection);
    const database = on(wire.connection);
    try {
      const ledger = makeLedger({ database, partitions: makePartitions(database) });
      expect(await Promise.all(Array.from({ length: 200 }, () => ledger.record(entry())))).toHaveLength(200);
      wire.swallow();
      const records = Array.from({ length: 500 }, () => kindOf(ledger.record(entry())));
      expect(new Set(await Promise.all(records))).toEqual(new Set(["timed_out"]));
      await answersAgain(database);
      expect(await Promise.all(Array.from({ length: 200 }, () => ledger.record(entry())))).toHaveLength(200);
    } finally {
      await database.close();
      await wire.close();
    }
  });

  it("reads as a time-out when it swallows the first word already", async () => {
    const hole = createServer((socket) => socket.on("error", () => undefined).resume());
    await new Promise<void>((resolve) => hole.listen(0, "127.0.0.1", resolve));
    const { port } = hole.address() as { port: number };
    const database = openDatabase({ connection: `postgres://polymint@127.0.0.1:${port}/x`, ...limits, connectTimeoutMs: 300 });
    expect(await Promise.all([database.ping(), database.ping(), database.ping(), database.ping()].map(kindOf))).toEqual(
      Array.from({ length: 4 }, () => "timed_out"),
    );
    await database.close();
    await new Promise((resolve) => hole.close(resolve));
  });
});

describe("a statement that takes too long", () => {
  it("reads as a time-out, alone and in a transaction", async () => {
    const database = on(own.connection);
    expect(await kindOf(database.query({ name: "slow", text: "SELECT pg_sleep(5)" }, []))).toBe("timed_out");
    expect(await kindOf(database.transaction((transaction) => transaction.raw<unknown>("SELECT pg_sleep(5)").then()))).toBe("timed_out");
    await database.ping();
    await database.close();
  });

  it("has its time when it is upkeep", async () => {
    const database = on(own.connection);
    await database.runLongTask((patient) => patient.raw<unknown>("SELECT pg_sleep(0.6)").then());
    await database.close();
  });
});

describe("a database that is away", () => {
  it.each([
    ["refuses connections", () => "postgres://polymint@127.0.0.1:1/polymint"],
    ["has no such socket", () => ({ host: "/nowhere", user: "polymint", database: "polymint" })],
    ["has a name that nobody knows", () => "postgres://polymint@database.invalid/polymint"],
  ])("is unreachable: it %s", async (_what, connection) => {
    const database = openDatabase({ connection: connection(), ...limits, connectTimeoutMs: 10_000 });
    expect(await kindOf(database.ping())).toBe("unreachable");
    expect(await kindOf(makeClientRegistry({ database, clock: () => now }).byId("client"))).toBe("unreachable");
    await database.close();
  });

  it.each([
    ["is missing (3D000)", { database: "polymint_no_such_database" }],
    ["does not know our role (28000)", { user: "polymint_no_such_role" }],
  ])("is unreachable: it %s", async (_what, other) => {
    const connection = { ...own.connection, ...other };
    const { connectionString } = connection as { connectionString?: string };
    const database = on(connectionString === undefined ? connection : elsewhere(connectionString, other));
    expect(await kindOf(database.ping())).toBe("unreachable");
    await database.close();
  });

  it.each([
    ["28P01", "password authentication failed"],
    ["28000", "no pg_hba.conf entry"],
    ["3D000", "database does not exist"],
    ["53300", "sorry, too many clients already"],
    ["57P03", "the database system is starting up"],
  ])("is unreachable: it answers %s (%s)", async (state, message) => {
    const server = await refusingWith(state, message);
    const database = on(server.url);
    const registry = makeClientRegistry({ database, clock: () => now });
    expect(await kindOf(registry.byId("client"))).toBe("unreachable");
    await database.close();
    await server.close();
  });

  it("is unreachable while it is cut off, and serves again afterwards", async () => {
    const wire = await makeFaultyWire();
    const database = on(wire.through(own.connection));
    await Promise.all([database.ping(), database.ping()]);
    wire.cut();
    const kinds = await Promise.all(Array.from({ length: 5 }, () => kindOf(database.ping())));
    expect(new Set(kinds)).toEqual(new Set(["unreachable"]));
    wire.mend();
    await answersAgain(database);
    await database.close();
    await wire.close();
  });

  it("is unreachable for a statement whose connection it ends, and serves again afterwards", async () => {
    const database = openDatabase({ connection: { ...own.connection, application_name: "ended" }, ...limits, statementTimeoutMs: 10_000 });
    await database.ping();
    const sleeping = kindOf(database.query({ name: "sleeping", text: "SELECT pg_sleep(8)" }, []));
    const other = own.open();
    for (let ended = 0; ended === 0;) {
      const sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ended' AND wait_event = 'PgSleep'";
      ended = (await other.build((builder) => builder.raw<{ rowCount: number }>(sql))).rowCount;
    }
    expect(await sleeping).toBe("unreachable");
    await answersAgain(database);
    await database.close();
  });
});

describe("a mistake of ours", () => {
  it("is never taken for a database that is away", async () => {
    const database = on(own.connection);
    for (const text of ["SELECT nothing", "SELECT 1/0", "SELECT * FROM no_such_table", "SELEKT", "SELECT 'x'::uuid"])
      expect(await kindOf(database.query({ name: text, text }, []))).toMatch(/^not Unavailable/);
    expect(await kindOf(database.transaction(() => Promise.reject(new Error("Connection refused by a joke"))))).toMatch(/^not Unavailable/);
    await database.close();
  });

  it("takes back everything in its transaction", async () => {
    const database = on(own.connection);
    const failing = database.transaction(async (transaction) => {
      await transaction("settings").insert({ name: "half", value: "done" });
      throw new Error("in the middle");
    });
    await expect(failing).rejects.toThrow("in the middle");
    expect(await database.build((builder) => builder("settings").where("name", "half"))).toEqual([]);
    await database.close();
  });
});

function elsewhere(connectionString: string, { database, user }: { database?: string; user?: string }): string {
  const url = new URL(connectionString);
  if (database !== undefined) url.pathname = `/${database}`;
  if (user !== undefined) url.username = user;
  return url.href;
}

/** A server that ends every session before it began, in the words of PostgreSQL's protocol (ErrorResponse, chapter 54.7). */
async function refusingWith(state: string, message: string): Promise<{ url: string; close(): Promise<void> }> {
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
