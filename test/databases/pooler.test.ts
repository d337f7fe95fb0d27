/** Polymint behind PgBouncer in transaction mode, with and without `DATABASE_POOLER=transaction`. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import pino from "pino";
import request from "supertest";
import type { EmbeddedPostgres } from "../../src/embedded-postgres";
import { Unavailable } from "../../src/engine/refusal";
import { checkConnectionBudget } from "../../src/process/connection-budget";
import { type Database, openDatabase } from "../../src/store/database";
import { UnknownPoolerError } from "../../src/store/database/availability";
import { finishIndexes } from "../../src/store/ledger/indexes";
import { makePartitions } from "../../src/store/ledger/partitions";
import { startPolymint, type TestOptions, type TestPolymint } from "../../src/testkit";
import { makeLogCollector } from "../../src/testkit/clock-and-log";
import { useTestPostgres } from "../../src/testkit/test-database";
import { makePolymint } from "../cli/command";
import { lockPartitions, waitForEndOrLock } from "../harness/lock-waits";
import { takeIndexesAway } from "../harness/old-ledger";
import { makeOwnDatabase, now, type OwnDatabase, rejectionOf } from "../harness/own-database";
import { contractNames, unavailableStatuses } from "../harness/token-requests";
import { findPgBouncerVersion, keepsStatementsFrom, type PgBouncer, startPgBouncer, type Target } from "./harness/pgbouncer";

jest.setTimeout(60_000);

const version = findPgBouncerVersion();
if (version === undefined)
  process.stdout.write("No pgbouncer is installed (Debian: apt-get install pgbouncer), so poolers are not tested.\n");
// Skipped only without PgBouncer: `make databases` installs it where it may.
const describeWithPooler = version === undefined ? describe.skip : describe;

/** What is said on many pages about Polymint's parameters. It drops them, and with them the protection. */
const ignoring = { ignore_startup_parameters: "statement_timeout,idle_in_transaction_session_timeout" };
/** An older one does not know the setting. */
const keepingNothing: Record<string, string> = (version ?? 0) >= keepsStatementsFrom ? { max_prepared_statements: "0" } : {};
/** So that all clients use the same session. */
const oneSession = { default_pool_size: "1" };
const limits = { poolMax: 4, connectTimeoutMs: 5_000, statementTimeoutMs: 2_000 };

let postgres: EmbeddedPostgres;
let target: Target;
const bouncers: PgBouncer[] = [];
const opened: Database[] = [];

beforeAll(async () => {
  postgres = await useTestPostgres();
  const { host, port } = postgres.getConnectionParameters();
  target = { host, port };
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((database) => database.close()));
  await Promise.all(bouncers.splice(0).map((bouncer) => bouncer.stop()));
});
afterAll(() => postgres.release());

async function start(changes: Record<string, string> = {}): Promise<PgBouncer> {
  const bouncer = await startPgBouncer(target, changes);
  bouncers.push(bouncer);
  return bouncer;
}

function open(connection: Record<string, unknown>, pooler: "none" | "transaction", settings: Partial<typeof limits> = {}): Database {
  const database = openDatabase({ connection, ...limits, ...settings, pooler });
  opened.push(database);
  return database;
}

/** A server behind the pooler, and its database without one. */
async function startBehind(bouncer: PgBouncer, options: TestOptions): Promise<{ polymint: TestPolymint; direct: Record<string, unknown> }> {
  let direct: Record<string, unknown> = {};
  const polymint = await startPolymint({ ...options, connectThrough: (connection) => bouncer.lead((direct = connection)) });
  return { polymint, direct };
}

async function runPlain(connection: Record<string, unknown>, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client(connection);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

async function waitUntil(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(20);
}

describeWithPooler("a server with DATABASE_POOLER=transaction behind the pgbouncer.ini of the page", () => {
  it("gives tokens by every contract, and is ready", async () => {
    const { polymint } = await startBehind(await start(), { pooler: "transaction" });
    const answers = await Promise.all(contractNames.map((contract) => polymint.sendDemoRequest(contract)));
    expect(answers.map(({ status }) => status)).toEqual(contractNames.map(() => 200));
    await request(polymint.url).get("/health/ready").expect(200);
    await polymint.stop();
  });

  it("is unavailable while the pooler is away, and gives tokens again as soon as it is back", async () => {
    const bouncer = await start();
    const { polymint } = await startBehind(bouncer, { pooler: "transaction" });
    await bouncer.stop();
    expect((await polymint.sendDemoRequest("abbeycross")).status).toBe(unavailableStatuses.unreachable.abbeycross);
    await start({ listen_port: new URL(bouncer.url("")).port });
    expect((await polymint.sendDemoRequest("abbeycross")).status).toBe(200);
    await polymint.stop();
  });
});

describeWithPooler("a database with DATABASE_POOLER=transaction", () => {
  let own: OwnDatabase;
  beforeAll(async () => {
    own = await makeOwnDatabase();
  });
  afterAll(() => own.drop());

  const readLimits = `SELECT current_setting('statement_timeout') AS statement, current_setting('idle_in_transaction_session_timeout') AS idle`;
  const read = { name: "read_limits", text: readLimits };

  it("limits every statement and transaction, and leaves nothing of it in the session", async () => {
    const bouncer = await start(oneSession);
    const database = open(bouncer.lead(own.connection), "transaction");
    const single = { statement: "2s", idle: "0" };
    const within = { statement: "2s", idle: "15s" };
    expect((await database.query(read, [])).rows).toEqual([single]);
    expect((await database.build((knex) => knex.raw<{ rows: unknown[] }>(readLimits))).rows).toEqual([single]);
    const script = await database.build((knex) => knex.raw<{ rows: unknown[] }[]>(`SELECT 1; ${readLimits}`));
    expect(script.at(-1)?.rows).toEqual([single]);
    expect(await database.transact(async (transaction) => (await transaction.query(read, [])).rows)).toEqual([within]);
    const nested = await database.transaction((outer) => outer.transaction(async (inner) => inner.raw<{ rows: unknown[] }>(readLimits)));
    expect(nested.rows).toEqual([within]);
    expect((await database.runLongTask((knex) => knex.raw<{ rows: unknown[] }>(readLimits))).rows).toEqual([
      { ...single, statement: "10min" },
    ]);
    expect(await runPlain(bouncer.lead(own.connection), readLimits)).toEqual([{ statement: "0", idle: "0" }]);
  });

  it("prepares statements under names only if the pooler keeps them", async () => {
    const bouncer = await start();
    const clients = [1, 2, 3].map(() => open(bouncer.lead(own.connection), "transaction"));
    const slow = { name: "slow", text: "SELECT pg_sleep(0.01), ?::int AS n" };
    for (let round = 0; round < 5; round += 1) {
      await Promise.all(clients.flatMap((client) => [client.query(slow, [round]), client.query(read, []), client.ping()]));
    }
    const names = { name: "names", text: "SELECT name FROM pg_prepared_statements" };
    const { rows } = await (clients[0] as Database).query<{ name: string }>(names, []);
    expect(rows.length > 0).toBe((version ?? 0) >= keepsStatementsFrom);
  });
});

describeWithPooler("the ledger of an older release behind a pooler", () => {
  it("gets its indexes from one server, and from another one when the first is killed in the middle", async () => {
    const own = await makeOwnDatabase();
    const direct = own.open();
    await makePartitions(direct).ensurePartitions(now, 0);
    await direct.build(takeIndexesAway);
    const [killed, bouncer] = await Promise.all([start(), start()]);
    const other = open(bouncer.lead(own.connection), "transaction");
    await direct.transaction(async (writer) => {
      // As a token that is being written.
      await writer.raw("LOCK TABLE issued_tokens IN ROW EXCLUSIVE MODE");
      const failure = rejectionOf(finishIndexes(open(killed.lead(own.connection), "transaction")));
      await waitForEndOrLock(direct, "INDEX CONCURRENTLY", failure);
      expect(await finishIndexes(other)).toEqual({ isBuilding: true, detail: "Another server builds them." });
      await killed.stop();
      expect(await failure).toBeInstanceOf(Unavailable);
      await waitUntil(async () => /^A session of a server that is gone/.test((await finishIndexes(other))?.detail ?? ""));
    });
    await waitUntil(async () => (await finishIndexes(other)) === undefined);
    await own.drop();
  });
});

describeWithPooler("a locked ledger behind a pooler", () => {
  /** Asks for tokens until each request was given up. @returns how many sessions wait for the lock half a second later */
  async function countPiledUp(bouncer: PgBouncer, pooler: "none" | "transaction"): Promise<number> {
    const { polymint, direct } = await startBehind(bouncer, { pooler, ...limits, statementTimeoutMs: 200, requestWaitMs: 400 });
    const other = open(direct, "none", { statementTimeoutMs: 30_000 });
    const count = `SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    try {
      // It makes the partitions.
      expect((await polymint.sendDemoRequest("abbeycross")).status).toBe(200);
      return await other.transaction(async (transaction) => {
        await lockPartitions(transaction);
        for (let round = 0; round < 4; round += 1) {
          const answers = await Promise.all([1, 2, 3, 4].map(() => polymint.sendDemoRequest("abbeycross")));
          expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 503));
        }
        await sleep(500);
        return Number((await runPlain(direct, count))[0]?.waiting);
      });
    } finally {
      await polymint.stop();
    }
  }

  it("keeps no session of a request that was given up", async () => {
    expect(await countPiledUp(await start(), "transaction")).toBe(0);
  });

  it("(control) piles up sessions if the pooler drops the limits", async () => {
    // A session for each client, so that no statements are mixed up.
    expect(await countPiledUp(await start({ ...ignoring, pool_mode: "session" }), "none")).toBeGreaterThan(2);
  });
});

describeWithPooler("a server without DATABASE_POOLER behind a pooler", () => {
  const cure = /DATABASE_POOLER=transaction/;

  it("does not start, and neither do commands: exit code 2 and a sentence name the setting, with which both work", async () => {
    const own = await makeOwnDatabase();
    const bouncer = await start();
    const key = Buffer.alloc(32, 1).toString("base64");
    const database = String(own.connection.database);
    const commands = makePolymint(mkdtempSync(join(tmpdir(), "polymint-pooler-")), {
      ...{ DATABASE_URL: bouncer.url(database), POLYMINT_PEPPER: key, POLYMINT_MASTER_KEY: key, PORT: "3201", WORKERS: "1" },
    });
    for (const words of [["serve"], ["migrate"], ["client", "list"]]) {
      const { code, stderr } = await commands.run(words);
      expect([words, code, stderr]).toEqual([words, 2, expect.stringMatching(cure)]);
    }
    await runPlain(own.connection, "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    const env = { DATABASE_POOLER: "transaction" };
    expect(await commands.run(["migrate"], { env })).toMatchObject({ code: 0, stdout: expect.stringContaining("0003_ledger") as string });
    expect(await commands.run(["client", "list"], { env })).toMatchObject({ code: 0 });
    await own.drop();
  });

  it("answers unavailable and says so in the log, if the pooler drops the parameters and statements are mixed up", async () => {
    const bouncer = await start({ ...ignoring, ...keepingNothing, ...oneSession });
    const { polymint, direct } = await startBehind(bouncer, { poolMax: 1 });
    const ask = async () => (await polymint.sendDemoRequest("abbeycross")).status;
    expect(await ask()).toBe(200);
    const { lines, stream } = makeLogCollector();
    await checkConnectionBudget({ workers: 1, databasePool: 1, databasePooler: "none" }, polymint.database, pino({}, stream));
    expect(lines[0]).toMatchObject({ level: 40, msg: expect.stringMatching(cure) as string });
    await runPlain(bouncer.lead(direct), "DEALLOCATE ALL");
    expect(await ask()).toBe(unavailableStatuses.unreachable.abbeycross);
    expect(polymint.logs.filter((line) => cure.test(JSON.stringify(line)))).not.toEqual([]);
    expect(await ask()).toBe(200);
    const second = open(bouncer.lead(direct), "none");
    await polymint.database.ping();
    expect(await rejectionOf(second.ping())).toBeInstanceOf(UnknownPoolerError);
    await polymint.stop();
  });
});
