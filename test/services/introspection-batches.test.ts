/** Introspections of one moment share a statement. What is wrong with one of them, or with the database, must not reach further. */
import { decode } from "jsonwebtoken";
import { setTimeout as sleep } from "node:timers/promises";
import request from "supertest";
import { longestTokenSeconds } from "../../src/engine/client";
import { makeKeyRing } from "../../src/keys/key-ring";
import { makeSigner } from "../../src/keys/signer";
import { type Database, openDatabase } from "../../src/store/database";
import { formatPartitionName, makePartitions } from "../../src/store/ledger/partitions";
import { makeSigningKeys } from "../../src/store/signing-keys";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { basic, tokenOf } from "../harness/bearer-tokens";

const statementTimeoutMs = 500;
const requestWaitMs = 600;
/** Requests in progress at once: several statements' worth of introspections. */
const maxInFlight = 500;

let polymint: TestPolymint;
/** Connections beside the server's. */
let other: Database;
let asker: string;
beforeAll(async () => {
  let connection: Record<string, unknown> = {};
  polymint = await startPolymint({ statementTimeoutMs, requestWaitMs, maxInFlight, connectThrough: (same) => (connection = same) });
  other = openDatabase({ connection, poolMax: 2, connectTimeoutMs: 20_000, statementTimeoutMs: 20_000 });
  const { client, secret } = await polymint.register({ contracts: [], services: ["introspection"] });
  asker = basic(client.id, secret?.value ?? "");
});
afterAll(async () => {
  await other.close();
  await polymint.stop();
});

async function introspect(token: string): Promise<{ status: number; active: unknown }> {
  const response = await request(polymint.url).post("/oauth2/introspect").set("Authorization", asker).type("form").send({ token });
  return { status: response.status, active: (response.body as { active?: unknown }).active };
}

const introspectTimes = (count: number, token: string) => Array.from({ length: count }, () => introspect(token));

/** The server sends two such statements at once. */
async function areBothHeldUp(): Promise<boolean> {
  const sql = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
  return (await other.build((knex) => knex.raw<{ rows: unknown[] }>(sql))).rows.length === 2;
}

/** Holds up the statements that read the ledger until the work is done. */
async function whileLocked<T>(work: () => Promise<T>): Promise<T> {
  return other.transaction(async (transaction) => {
    await transaction.raw("LOCK TABLE issued_tokens IN ACCESS EXCLUSIVE MODE");
    return work();
  });
}

it("a token that cannot be looked up does not fail those that were asked for in the same statement", async () => {
  const token = await tokenOf(polymint, "abbeycross");
  const { masterKey, clock } = polymint;
  const signer = makeSigner(makeKeyRing({ store: makeSigningKeys(polymint.database), masterKey, clock, longestTokenSeconds }));
  // PostgreSQL has no such time. No contract issues such a token; it stands for a partition that cannot be read.
  const unreadable = await signer.sign("ES256", "at+jwt", { ...(decode(token) as object), exp: 1e300 });
  expect((await introspect(unreadable)).status).toBe(500);

  const answers: Promise<{ status: number; active: unknown }>[] = [];
  let failing: Promise<{ status: number }> | undefined;
  await whileLocked(async () => {
    while (!(await areBothHeldUp())) {
      answers.push(introspect(token));
      await sleep(20);
    }
    // Both statements are held up, so these wait for the third.
    answers.push(introspect(token));
    failing = introspect(unreadable);
    answers.push(introspect(token));
    await sleep(100);
  });
  expect((await failing)?.status).toBe(500);
  expect(await Promise.all(answers)).toEqual(answers.map(() => ({ status: 200, active: true })));
});

it("a token is found while the partition of another day is locked", async () => {
  const token = await tokenOf(polymint, "abbeycross");
  const partitions = makePartitions(polymint.database);
  await partitions.ensurePartitions(polymint.clock(), 20);
  const lastDay = (await partitions.listDays()).at(-1) ?? 0;
  // A connection may plan a statement anew five times before it considers a plan for all values.
  for (let times = 0; times < 8; times += 1) await introspect(token);
  await other.transaction(async (transaction) => {
    await transaction.raw("LOCK TABLE ?? IN ACCESS EXCLUSIVE MODE", [formatPartitionName(lastDay)]);
    expect(await introspect(token)).toEqual({ status: 200, active: true });
  });
});

it("introspections that were refused in a slow moment hold no places afterwards", async () => {
  const token = await tokenOf(polymint, "abbeycross");
  await introspect(token);
  await whileLocked(async () => {
    const refused = await Promise.all(introspectTimes(maxInFlight, token));
    expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 503));
    const next = await Promise.all(introspectTimes(maxInFlight, token));
    expect(next.map(({ status }) => status)).toEqual(next.map(() => 503));
  });
  expect(await introspect(token)).toEqual({ status: 200, active: true });
});
