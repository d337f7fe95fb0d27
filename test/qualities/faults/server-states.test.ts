/** Faults of the PostgreSQL server. */
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import type { TestOptions } from "../../../src/testkit";
import { expectTokens, registerApp } from "../../harness/screening-eagle-app";
import { makeRequestToken } from "../../harness/token-requests";
import { brokenLedgers, deadlockTimeout, patientOptions, findDeadlockProblems } from "./deadlock";
import { type FaultFigures, recoverWithinMs, measureFault } from "./fault";
import { makeFullDiskFault, makePostgresFixture, serverFaults, type PostgresFixture, startPolymintOn } from "./server-states";

jest.setTimeout(60_000);

let fixture: PostgresFixture;

beforeAll(async () => {
  fixture = await makePostgresFixture();
});
afterAll(() => fixture.stop());

function mustBeWithstood(name: string, figures: FaultFigures | undefined): void {
  const { slowestMs, recoveredMs, wrong } = figures ?? { slowestMs: 0, recoveredMs: Infinity, wrong: ["it was not measured"] };
  process.stdout.write(`database ${name}: answered within ${slowestMs} ms, recovered after ${recoveredMs} ms\n`);
  expect(wrong).toEqual([]);
  expect(recoveredMs).toBeLessThan(recoverWithinMs);
}

describe("a fault of the database server", () => {
  const { locked, exhausted, ...ofWholeServer } = serverFaults;
  it.each(Object.values(ofWholeServer).map((make) => make(() => fixture)))(
    "is answered in time as unavailable, and tokens are given again afterwards: the database $name",
    async (fault) => mustBeWithstood(fault.name, await measureFault(fixture.polymint, fixture.requestToken, fault)),
  );

  it("is answered in time as unavailable, and tokens are given again afterwards: the database has a full disk", async () => {
    const fault = makeFullDiskFault(() => fixture, { emptied: true });
    if (fault === undefined) {
      process.stdout.write("database has a full disk: not tried, since this user may not mount a small one\n");
      return;
    }
    mustBeWithstood(fault.name, await measureFault(fixture.polymint, fixture.requestToken, fault));
  });

  describe("that concerns only one of its databases", () => {
    const names = [locked, exhausted].map((make) => make(() => fixture).name);
    const figures = new Map<string, FaultFigures>();

    /** At the same time, each at a Polymint of its own, since these mostly wait. */
    beforeAll(async () => {
      const measureOwn = async (make: typeof locked): Promise<void> => {
        const own = await startPolymintOn(fixture.postgres);
        try {
          const requestToken = await makeRequestToken(own.polymint);
          const fault = make(() => ({ ...fixture, ...own, requestToken }));
          figures.set(fault.name, await measureFault(own.polymint, requestToken, fault));
        } finally {
          await own.stop();
        }
      };
      await Promise.all([measureOwn(locked), measureOwn(exhausted)]);
    });

    it.each(names)("is answered in time as unavailable, and tokens are given again afterwards: the database %s", (name) =>
      mustBeWithstood(name, figures.get(name)),
    );
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
  const found = new Map<TestOptions["makeLedger"], string[]>();

  /** All at once, each in a database of its own, because PostgreSQL takes its time to look for a deadlock. */
  beforeAll(async () => {
    const ledgers = [undefined, ...Object.values(brokenLedgers)];
    const own = await Promise.all(
      ledgers.map((makeLedger) => startPolymintOn(fixture.postgres, { ...patientOptions, ...(makeLedger && { makeLedger }) })),
    );
    await fixture.postgres.set("deadlock_timeout", deadlockTimeout);
    try {
      const problems = await Promise.all(own.map(findDeadlockProblems));
      ledgers.forEach((makeLedger, at) => found.set(makeLedger, problems[at] ?? []));
    } finally {
      await fixture.postgres.set("deadlock_timeout", null);
      await Promise.all(own.map((each) => each.stop()));
    }
  });

  it("is answered as unavailable, and leaves the refresh token valid", () => {
    expect(found.get(undefined)).toEqual([]);
  });

  it.each([
    ["takes it for a refusal", /^answered 4\d\d in place of 500/],
    ["takes it for a bug", /^logged as server_error$/],
    ["answers all the same", /^a token was given and not kept: /],
  ] as const)("(control) does harm if the ledger %s", (what, harm) => {
    expect(found.get(brokenLedgers[what])).toContainEqual(expect.stringMatching(harm));
  });
});
