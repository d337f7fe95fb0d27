/** Faults of the PostgreSQL server. */
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import type { TestOptions } from "../../../src/testkit";
import { expectTokens, registerApp } from "../../harness/screening-eagle-app";
import { brokenLedgers, patientOptions, findDeadlockProblems } from "./deadlock";
import { recoverWithinMs, measureFault } from "./fault";
import { makeFullDiskFault, makePostgresFixture, serverFaults, type PostgresFixture, startPolymintOn } from "./server-states";

jest.setTimeout(60_000);

let fixture: PostgresFixture;

beforeAll(async () => {
  fixture = await makePostgresFixture();
});
afterAll(() => fixture.stop());

async function checkFault(fault: Parameters<typeof measureFault>[2]): Promise<void> {
  const { slowestMs, recoveredMs, wrong } = await measureFault(fixture.polymint, fixture.requestToken, fault);
  process.stdout.write(`database ${fault.name}: answered within ${slowestMs} ms, recovered after ${recoveredMs} ms\n`);
  expect(wrong).toEqual([]);
  expect(recoveredMs).toBeLessThan(recoverWithinMs);
}

describe("a fault of the database server", () => {
  it.each(Object.values(serverFaults).map((make) => make(() => fixture)))(
    "is answered in time as unavailable, and tokens are given again afterwards: the database $name",
    checkFault,
  );

  it("is answered in time as unavailable, and tokens are given again afterwards: the database has a full disk", async () => {
    const fault = makeFullDiskFault(() => fixture, { emptied: true });
    if (fault === undefined) {
      process.stdout.write("database has a full disk: not tried, since this user may not mount a small one\n");
      return;
    }
    await checkFault(fault);
  });
});

/** Process ids of the application's sessions that wait for this `wait_event` of pg_stat_activity. */
async function findWaitingPids(event: string, application = "polymint"): Promise<number[]> {
  const sql = `SELECT pid FROM pg_stat_activity WHERE wait_event = '${event}' AND application_name = '${application}'`;
  return (await fixture.postgres.run(sql)).map(({ pid }) => Number(pid));
}

async function waitForWaitingPid(event: string, application?: string): Promise<number> {
  for (;;) {
    const [pid] = await findWaitingPids(event, application);
    if (pid !== undefined) return pid;
    await sleep(10);
  }
}

describe("a commit that waits for a synchronous standby", () => {
  const withoutStandby = async (work: () => Promise<void>): Promise<void> => {
    expect((await fixture.requestToken("abbeycross")).status).toBe(200);
    await fixture.postgres.set("synchronous_standby_names", "nobody");
    try {
      await work();
    } finally {
      await fixture.postgres.set("synchronous_standby_names", null);
    }
  };

  it("is cancelled neither by the statement timeout nor by the server's time limit, and gives no token", async () => {
    const app = await registerApp(fixture.polymint);
    const { refresh_token } = await app.tokens();
    await withoutStandby(async () => {
      // The first is a single statement, the second ends a transaction.
      const asked = [fixture.requestToken("abbeycross"), app.refresh(refresh_token).then((response) => response)];
      while ((await findWaitingPids("SyncRep")).length < asked.length) await sleep(10);
      const pids = await findWaitingPids("SyncRep");
      expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([503, 500]);
      // Longer than all time limits: PostgreSQL has not noticed that the connection is gone.
      await sleep(1_500);
      expect(await findWaitingPids("SyncRep")).toEqual(expect.arrayContaining(pids));
    });
    while ((await findWaitingPids("SyncRep")).length > 0) await sleep(10);
    await expectTokens(app.refresh(refresh_token));
  });

  it("gives no token when an operator cancels the wait, although PostgreSQL then reports success", async () => {
    await withoutStandby(async () => {
      const asked = fixture.requestToken("abbeycross");
      await fixture.postgres.run(`SELECT pg_cancel_backend(${await waitForWaitingPid("SyncRep")})`);
      const { status } = await asked;
      expect(status).toBe(503);
      expect(fixture.polymint.logs.at(-1)).toMatchObject({
        outcome: "dependency_timeout",
        dependency: "database",
        detail: expect.stringContaining("standby") as string,
      });
    });
    expect((await fixture.requestToken("abbeycross")).status).toBe(200);
  });

  it("(control) looks like a success to a client that ignores the warning", async () => {
    const plain = new Client({ connectionString: fixture.postgres.url, application_name: "plain" });
    await plain.connect();
    await plain.query("CREATE TABLE plain (n int)");
    await withoutStandby(async () => {
      const inserted = plain.query("INSERT INTO plain VALUES (1)");
      await fixture.postgres.run(`SELECT pg_cancel_backend(${await waitForWaitingPid("SyncRep", "plain")})`);
      expect((await inserted).rowCount).toBe(1);
    });
    await plain.end();
  });
});

describe("a deadlock with another session", () => {
  async function wrongWith(makeLedger?: TestOptions["makeLedger"]): Promise<string[]> {
    const own = await startPolymintOn(fixture.postgres, { ...patientOptions, ...(makeLedger === undefined ? {} : { makeLedger }) });
    try {
      return await findDeadlockProblems(fixture.postgres, own);
    } finally {
      await own.stop();
    }
  }

  it("is answered as unavailable, and leaves the refresh token valid", async () => {
    expect(await wrongWith()).toEqual([]);
  });

  it.each([
    ["takes it for a refusal", /^answered 4\d\d in place of 500/],
    ["takes it for a bug", /^logged as server_error$/],
    ["answers all the same", /^a token was given and not kept: /],
  ] as const)("(control) does harm if the ledger %s", async (what, harm) => {
    expect(await wrongWith(brokenLedgers[what])).toContainEqual(expect.stringMatching(harm));
  });
});
