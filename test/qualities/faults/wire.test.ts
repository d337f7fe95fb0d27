import type { Ledger } from "../../../src/engine/ports/ledger";
import { makeLedger } from "../../../src/store/ledger";
import { openDatabase } from "../../../src/store/database";
import { makeOwnDatabase } from "../../harness/own-database";
import { answerUnderLoadWithinMs, answerWithinMs, recoverWithinMs, measureFault } from "./fault";
import { fiftyCallers, formatFigures, measureFaultUnderLoad } from "./load";
import { openPoisonedDatabase, type PingableDatabase, checkAfterSilence } from "./poisoned-pool";
import { makeWireFixture, wireFaults, type WireFixture } from "./wire-fixture";

jest.setTimeout(60_000);

describe("the way to the database", () => {
  let stand: WireFixture;
  beforeAll(async () => {
    stand = await makeWireFixture();
  });
  afterAll(() => stand.stop());

  const { refused, reset, short, silentForGood } = wireFaults;
  it.each([refused, reset, short, silentForGood].map((make) => make(() => stand)))(
    "$name: answered in time as unavailable, and good again",
    async (fault) => {
      const { slowestMs, recoveredMs, wrong } = await measureFault(stand.polymint, stand.ask, fault);
      process.stdout.write(`database ${fault.name}: answered within ${slowestMs} ms, recovered after ${recoveredMs} ms\n`);
      expect(wrong).toEqual([]);
      expect(recoveredMs).toBeLessThan(recoverWithinMs);
    },
  );

  it("makes a request of several statements wait no longer in all than one of a single statement", async () => {
    stand.wire.slow(250);
    const answer = await stand.ask("weavr");
    process.stdout.write(`database takes half a second for every statement: answered after ${Math.round(answer.ms)} ms\n`);
    expect([answer.status, answer.ms < answerWithinMs]).toEqual([503, true]);
    stand.wire.mend();
  });

  it("falls silent with fifty requests in flight: all are answered, no token is lost, the pool is good again", async () => {
    const figures = await measureFaultUnderLoad(
      stand,
      silentForGood(() => stand),
      fiftyCallers,
    );
    process.stdout.write(formatFigures(figures));
    expect(figures.wrong).toEqual([]);
    expect(figures.lost).toBe(0);
    expect(figures.slowestMs).toBeLessThan(answerUnderLoadWithinMs);
    expect(figures.recoveredAfterMs).toBeLessThan(recoverWithinMs);
  });
});

describe("a pool of connections that died without a word", () => {
  const limits = { poolMax: 4, connectTimeoutMs: 500, statementTimeoutMs: 200 };
  async function outcomeWith(
    open: (connection: Record<string, unknown>) => PingableDatabase,
  ): Promise<Awaited<ReturnType<typeof checkAfterSilence>>> {
    const own = await makeOwnDatabase();
    try {
      return await checkAfterSilence(own.connection, open);
    } finally {
      await own.drop();
    }
  }

  it("serves again as soon as the network does", async () => {
    expect(await outcomeWith((connection) => openDatabase({ connection, ...limits }))).toBe("serves");
  });

  it("would stay poisoned if a query's time limit spared its socket", async () => {
    expect(await outcomeWith((connection) => openPoisonedDatabase(connection, limits))).toBe("poisoned");
  });
});

describe("a server that answers before the commit", () => {
  it("would lose tokens when the database falls silent", async () => {
    const stand = await makeWireFixture({
      makeLedger: (ports): Ledger => {
        const good = makeLedger(ports);
        return {
          ...good,
          // Deliberately wrong: the answer does not wait.
          record: async (entry, spends) => {
            void good.record(entry, spends).catch(() => undefined);
            return "recorded";
          },
        };
      },
    });
    try {
      const { lost } = await measureFaultUnderLoad(
        stand,
        wireFaults.silentForGood(() => stand),
        { ...fiftyCallers, duringMs: 200 },
      );
      expect(lost).toBeGreaterThan(0);
    } finally {
      await stand.stop();
    }
  });
});
