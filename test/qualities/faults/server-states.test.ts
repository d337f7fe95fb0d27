import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import type { TestOptions } from "../../../src/testkit";
import { expectTokens, registerApp } from "../../harness/screening-eagle-app";
import { brokenLedgers, patientOptions, findDeadlockProblems } from "./deadlock";
import { recoverWithinMs, measureFault } from "./fault";
import { makeFullDiskFault, makePostgresFixture, serverFaults, type PostgresFixture, startPolymintOn } from "./server-states";

jest.setTimeout(60_000);

let stand: PostgresFixture;

beforeAll(async () => {
  stand = await makePostgresFixture();
});
afterAll(() => stand.stop());

async function checkFault(fault: Parameters<typeof measureFault>[2]): Promise<void> {
  const { slowestMs, recoveredMs, wrong } = await measureFault(stand.polymint, stand.ask, fault);
  process.stdout.write(`database ${fault.name}: answered within ${slowestMs} ms, recovered after ${recoveredMs} ms\n`);
  expect(wrong).toEqual([]);
  expect(recoveredMs).toBeLessThan(recoverWithinMs);
}

describe("a database", () => {
  it.each(Object.values(serverFaults).map((make) => make(() => stand)))(
    "$name: answered in time as unavailable, and good again",
    checkFault,
  );

  it("has a full disk: answered in time as unavailable, and good again", async () => {
    const fault = makeFullDiskFault(() => stand, { emptied: true });
    if (fault === undefined) {
      process.stdout.write("database has a full disk: not tried, since this user may not mount a small one\n");
      return;
    }
    await checkFault(fault);
  });
});

/** Process ids of Polymint's connections that wait for what has this name in pg_stat_activity. */
async function findWaitingPids(event: string, application = "polymint"): Promise<number[]> {
  const sql = `SELECT pid FROM pg_stat_activity WHERE wait_event = '${event}' AND application_name = '${application}'`;
  return (await stand.postgres.run(sql)).map(({ pid }) => Number(pid));
}

async function waitForWaitingPid(event: string, application?: string): Promise<number> {
  for (;;) {
    const [pid] = await findWaitingPids(event, application);
    if (pid !== undefined) return pid;
    await sleep(10);
  }
}

describe("a commit that waits for a synchronous standby", () => {
  const waiting = async (work: () => Promise<void>): Promise<void> => {
    expect((await stand.ask("abbeycross")).status).toBe(200);
    await stand.postgres.set("synchronous_standby_names", "nobody");
    try {
      await work();
    } finally {
      await stand.postgres.set("synchronous_standby_names", null);
    }
  };

  it("is cancelled neither by the statement's time limit nor by ours, and gives no token", async () => {
    const app = await registerApp(stand.polymint);
    const { refresh_token } = await app.tokens();
    await waiting(async () => {
      // One commits by itself, the other ends a transaction.
      const asked = [stand.ask("abbeycross"), app.refresh(refresh_token).then((response) => response)];
      while ((await findWaitingPids("SyncRep")).length < asked.length) await sleep(10);
      const pids = await findWaitingPids("SyncRep");
      expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([503, 500]);
      // Longer than any of our limits; the server has not even noticed that we are gone.
      await sleep(1_500);
      expect(await findWaitingPids("SyncRep")).toEqual(expect.arrayContaining(pids));
    });
    while ((await findWaitingPids("SyncRep")).length > 0) await sleep(10);
    await expectTokens(app.refresh(refresh_token));
  });

  it("gives no token when somebody cancels the wait, though the database then calls it a success", async () => {
    await waiting(async () => {
      const asked = stand.ask("abbeycross");
      await stand.postgres.run(`SELECT pg_cancel_backend(${await waitForWaitingPid("SyncRep")})`);
      const { status } = await asked;
      expect(status).toBe(503);
      expect(stand.polymint.logs.at(-1)).toMatchObject({
        outcome: "dependency_timeout",
        dependency: "database",
        detail: expect.stringContaining("standby") as string,
      });
    });
    expect((await stand.ask("abbeycross")).status).toBe(200);
  });

  it("would count as a success where only the database's answer is looked at", async () => {
    const plain = new Client({ connectionString: stand.postgres.url, application_name: "plain" });
    await plain.connect();
    await plain.query("CREATE TABLE plain (n int)");
    await waiting(async () => {
      const inserted = plain.query("INSERT INTO plain VALUES (1)");
      await stand.postgres.run(`SELECT pg_cancel_backend(${await waitForWaitingPid("SyncRep", "plain")})`);
      expect((await inserted).rowCount).toBe(1);
    });
    await plain.end();
  });
});

describe("a deadlock with somebody else", () => {
  async function wrongWith(makeLedger?: TestOptions["makeLedger"]): Promise<string[]> {
    const seat = await startPolymintOn(stand.postgres, { ...patientOptions, ...(makeLedger === undefined ? {} : { makeLedger }) });
    try {
      return await findDeadlockProblems(stand.postgres, seat);
    } finally {
      await seat.stop();
    }
  }

  it("is answered as unavailable, and takes nothing back that was not given: the refresh token serves once it is over", async () => {
    expect(await wrongWith()).toEqual([]);
  });

  it.each([
    ["takes it for a refusal", /^answered 4\d\d in place of 500/],
    ["takes it for a bug", /^logged as server_error$/],
    ["answers all the same", /^a token was given and not kept: /],
  ] as const)("would do harm where the ledger %s", async (what, harm) => {
    expect(await wrongWith(brokenLedgers[what])).toContainEqual(expect.stringMatching(harm));
  });
});
