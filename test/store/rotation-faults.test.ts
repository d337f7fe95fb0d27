import { setTimeout as sleep } from "node:timers/promises";
import { makeSecretDigest } from "../../src/secrets/secret";
import { type Database, openDatabase } from "../../src/store/database";
import { startPolymint, type TestPolymint } from "../../src/testkit";
import { type ScreeningEagleApp, expectTokens, isActive, expectRefusal, registerApp } from "../harness/screening-eagle-app";
import { lockPartitions } from "../harness/lock-waits";
import { type FaultyWire, makeFaultyWire } from "../../src/contract-suite/faulty-wire";

/** Four cases wait for this time; all statements without a fault must take less, on a busy machine too. */
const statementTimeoutMs = 700;

let wire: FaultyWire;
let polymint: TestPolymint;
let app: ScreeningEagleApp;
/** A connection to the database without faults. */
let other: Database;

beforeAll(async () => {
  wire = await makeFaultyWire();
  let direct: Record<string, unknown> = {};
  polymint = await startPolymint({
    connectThrough: (connection) => wire.through((direct = connection)),
    statementTimeoutMs,
  });
  other = openDatabase({ connection: direct, poolMax: 3, connectTimeoutMs: 20_000, statementTimeoutMs: 30_000 });
  app = await registerApp(polymint);
});
afterAll(async () => {
  await other.close();
  await polymint.stop();
  await wire.close();
});

/** Locks the ledger, so that a redemption stops in its middle: after it spent, before it wrote the token. */
async function runWhileLocked(work: () => Promise<void>): Promise<void> {
  await other.transaction(async (transaction) => {
    await lockPartitions(transaction);
    await work();
  });
}

/** Waits until a connection waits for the ledger. @returns the process ids of those that do */
async function findWaiting(): Promise<number[]> {
  for (;;) {
    const { rows } = await other.build((knex) =>
      knex.raw<{ rows: { pid: number }[] }>(
        "SELECT pid FROM pg_locks WHERE NOT granted AND relation IN (SELECT inhrelid FROM pg_inherits)",
      ),
    );
    if (rows.length > 0) return rows.map(({ pid }) => pid);
    await sleep(20);
  }
}

interface RotationRow {
  rotated_at: Date | null;
  successor: Buffer | null;
}

const listRotations = () => other.build((knex) => knex("refresh_tokens").whereNotNull("rotated_at").pluck<Date[]>("rotated_at"));

const faults: [string, string, () => Promise<void> | void][] = [
  ["the database is not finished in time", "dependency_timeout", () => undefined],
  ["the connection is lost", "dependency_unreachable", () => wire.cut()],
  ["the network falls silent", "dependency_timeout", () => wire.silence()],
  [
    "the connection is terminated",
    "dependency_unreachable",
    async () => {
      for (const pid of await findWaiting()) await other.build((knex) => knex.raw("SELECT pg_terminate_backend(?)", [pid]));
    },
  ],
];

/** Mends the network. Resolves when the server has noticed which of its connections are gone. */
async function mend(): Promise<void> {
  wire.mend();
  for (let good = 0; good < 3; good += 1) {
    await sleep(100);
    await polymint.database.ping().catch(() => (good = 0));
  }
}

describe("a database fault", () => {
  it.each(faults)(
    "leaves the old refresh token as it was when it happens in the middle of a rotation: %s",
    async (_what, outcome, fail) => {
      const { refresh_token, access_token } = await app.tokens();
      const before = await listRotations();
      await runWhileLocked(async () => {
        const sent = expectRefusal(500, app.refresh(refresh_token));
        await findWaiting();
        await fail();
        await sent;
        expect(polymint.logs.at(-1)).toMatchObject({ outcome });
      });
      await mend();
      expect(await listRotations()).toEqual(before);
      expect(await isActive(polymint, app, refresh_token)).toBe(true);
      const refreshed = await expectTokens(app.refresh(refresh_token));
      expect(await isActive(polymint, app, refreshed.refresh_token ?? "")).toBe(true);
      expect(await isActive(polymint, app, access_token)).toBe(true);
    },
  );

  it.each(faults)("leaves the code unspent when it happens in the middle of a redemption: %s", async (_what, outcome, fail) => {
    const granted = await app.authorize();
    await runWhileLocked(async () => {
      const sent = expectRefusal(500, app.redeem(granted));
      await findWaiting();
      await fail();
      await sent;
      expect(polymint.logs.at(-1)).toMatchObject({ outcome });
    });
    await mend();
    await expectTokens(app.redeem(granted));
  });
});

describe("a rotation whose commit succeeded and whose answer was lost", () => {
  it("returns the same successor when the client repeats it", async () => {
    const { refresh_token } = await app.tokens();
    const digest = makeSecretDigest(polymint.pepper);
    const findRow = async (token: string) =>
      (
        await other.build((knex) => knex("refresh_tokens").where("digest", digest(token)).select<RotationRow[]>("rotated_at", "successor"))
      )[0];
    wire.loseNextCommit();
    await expectRefusal(500, app.refresh(refresh_token));
    const rotated = await findRow(refresh_token);
    expect(rotated?.rotated_at).toEqual(new Date(polymint.clock()));
    await mend();
    const { refresh_token: successor = "" } = await expectTokens(app.refresh(refresh_token));
    expect(digest(successor)).toEqual(rotated?.successor);
    expect(await findRow(refresh_token)).toEqual(rotated);
    await expectTokens(app.refresh(successor));
  });
});
