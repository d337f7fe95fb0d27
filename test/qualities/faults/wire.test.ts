/** Faults of the network to the database. */
import type { Ledger } from "../../../src/engine/ports/ledger";
import { makeLedger } from "../../../src/store/ledger";
import { openDatabase } from "../../../src/store/database";
import { makeOwnDatabase } from "../../harness/own-database";
import { answerUnderLoadWithinMs, answerWithinMs, recoverWithinMs, measureFault } from "./fault";
import { fiftyCallers, formatFigures, measureFaultUnderLoad } from "./load";
import { openPoisonedDatabase, type PingableDatabase, checkAfterSilence } from "./poisoned-pool";
import { makeWireFixture, wireFaults, type WireFixture } from "./wire-fixture";

jest.setTimeout(60_000);

describe("a fault of the network to the database", () => {
  let fixture: WireFixture;
  beforeAll(async () => {
    fixture = await makeWireFixture();
  });
  afterAll(() => fixture.stop());

  const { refused, reset, short, silentForGood } = wireFaults;
  it.each([refused, reset, short, silentForGood].map((make) => make(() => fixture)))(
    "is answered in time as unavailable, and tokens are given again afterwards: the network $name",
    async (fault) => {
      const { slowestMs, recoveredMs, wrong } = await measureFault(fixture.polymint, fixture.requestToken, fault);
      process.stdout.write(`database ${fault.name}: answered within ${slowestMs} ms, recovered after ${recoveredMs} ms\n`);
      expect(wrong).toEqual([]);
      expect(recoveredMs).toBeLessThan(recoverWithinMs);
    },
  );

  it("delays a request of several statements no longer than a request of a single one", async () => {
    fixture.wire.slow(430);
    const answer = await fixture.requestToken("weavr");
    process.stdout.write(`database takes 0.86 seconds for every statement: answered after ${Math.round(answer.ms)} ms\n`);
    expect([answer.status, answer.ms < answerWithinMs]).toEqual([503, true]);
    fixture.wire.mend();
  });

  it("loses no token and no answer of fifty requests in flight when the network falls silent, and the pool recovers", async () => {
    const figures = await measureFaultUnderLoad(
      fixture,
      silentForGood(() => fixture),
      fiftyCallers,
    );
    process.stdout.write(formatFigures(figures));
    expect(figures.wrong).toEqual([]);
    expect(figures.lost).toBe(0);
    expect(figures.slowestMs).toBeLessThan(answerUnderLoadWithinMs);
    expect(figures.recoveredAfterMs).toBeLessThan(recoverWithinMs);
  });
});

describe("a pool whose connections fell silent", () => {
  const limits = { poolMax: 4, connectTimeoutMs: 500, statementTimeoutMs: 200 };
  type Outcome = Awaited<ReturnType<typeof checkAfterSilence>>;
  async function outcomeWith(open: (connection: Record<string, unknown>) => PingableDatabase): Promise<Outcome> {
    const own = await makeOwnDatabase();
    try {
      return await checkAfterSilence(own.connection, open);
    } finally {
      await own.drop();
    }
  }

  let good: Outcome;
  let bad: Outcome;
  // At the same time, since both wait for silent connections.
  beforeAll(async () => {
    [good, bad] = await Promise.all([
      outcomeWith((connection) => openDatabase({ connection, ...limits })),
      outcomeWith((connection) => openPoisonedDatabase(connection, limits)),
    ]);
  });

  it("serves again as soon as the network is back", () => {
    expect(good).toBe("serves");
  });

  it("(control) stays poisoned if a query's timeout does not close its socket", () => {
    expect(bad).toBe("poisoned");
  });
});

describe("a server that answers before the commit", () => {
  it("(control) loses tokens when the database falls silent", async () => {
    const fixture = await makeWireFixture({
      makeLedger: (ports): Ledger => {
        const good = makeLedger(ports);
        return {
          ...good,
          // Deliberately wrong: the answer does not wait for the commit.
          record: async (entry, spends) => {
            void good.record(entry, spends).catch(() => undefined);
            return "recorded";
          },
        };
      },
    });
    try {
      const { lost } = await measureFaultUnderLoad(
        fixture,
        wireFaults.silentForGood(() => fixture),
        { ...fiftyCallers, duringMs: 200 },
      );
      expect(lost).toBeGreaterThan(0);
    } finally {
      await fixture.stop();
    }
  });
});
