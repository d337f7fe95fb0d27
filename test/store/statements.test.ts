import request from "supertest";
import { type Database, openDatabase } from "../../src/store/database";
import { startPolymint, type TestPolymint } from "../../src/testkit";

let polymint: TestPolymint;
/** Connections whose statements are not counted. */
let other: Database;

beforeAll(async () => {
  let connection: Record<string, unknown> = {};
  polymint = await startPolymint({ connectThrough: (same) => (connection = same) });
  other = openDatabase({ connection, poolMax: 2, connectTimeoutMs: 20_000, statementTimeoutMs: 20_000 });
});
afterAll(async () => {
  await other.close();
  await polymint.stop();
});

const isLedgerBatch = (sql: string) => sql.includes("INSERT INTO issued_tokens");

async function requestToken(): Promise<number> {
  const { clientId, secret } = polymint.clients.abbeycross;
  return (await request(polymint.url).post("/v1/oauth/token").send({ client_id: clientId, client_secret: secret })).status;
}

/** Runs the work while the client cache, filled just before, is valid. @returns the statements sent meanwhile */
async function runWithWarmCache(work: () => Promise<void>): Promise<string[]> {
  for (;;) {
    // The cache is empty by then, and the next request fills it for a second.
    polymint.clock.advance(2);
    const filled = performance.now();
    await requestToken();
    const before = polymint.statements.length;
    await work();
    // A busy machine may need another try.
    if (performance.now() - filled < 1_000) return polymint.statements.slice(before);
  }
}

/** Locks the ledger, so that requests wait in the server until all of them have arrived. */
async function runWhileLocked(work: () => Promise<void>): Promise<void> {
  await other.transaction(async (transaction) => {
    await transaction.raw("LOCK TABLE issued_tokens IN SHARE MODE");
    await work();
  });
}

describe("client_credentials on a warm cache", () => {
  it("sends one statement for a single request", async () => {
    const statements = await runWithWarmCache(async () => expect(await requestToken()).toBe(200));
    expect(statements).toHaveLength(1);
    expect(statements.filter(isLedgerBatch)).toHaveLength(1);
  });

  it("sends one statement per batch, and no other, for 64 simultaneous requests", async () => {
    const statements = await runWithWarmCache(async () => {
      let answers: Promise<number>[] = [];
      await runWhileLocked(async () => {
        answers = Array.from({ length: 64 }, requestToken);
        // Requests are served in turn: these are answered after the 64 have been read.
        for (let turns = 0; turns < 10; turns += 1) await request(polymint.url).get("/health/live").expect(200);
      });
      expect(await Promise.all(answers)).toEqual(answers.map(() => 200));
    });
    expect(statements.filter((sql) => !isLedgerBatch(sql))).toEqual([]);
    // Two batches that were sent before the other requests arrived, and one or two for those.
    expect(statements.length).toBeLessThanOrEqual(5);
  });

  it("sends at most one statement per token, however the requests are spread over time", async () => {
    const statements = await runWithWarmCache(async () => {
      const answers = Array.from({ length: 64 }, requestToken);
      expect(await Promise.all(answers)).toEqual(answers.map(() => 200));
    });
    expect(statements.filter((sql) => !isLedgerBatch(sql))).toEqual([]);
    expect(statements.length).toBeLessThanOrEqual(64);
  });
});
