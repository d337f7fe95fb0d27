import { setTimeout as sleep } from "node:timers/promises";
import type { LedgerEntry } from "../../src/engine/ports/ledger";
import { Unavailable } from "../../src/engine/refusal";
import type { Database, Queryable } from "../../src/store/database";
import { makeLedger } from "../../src/store/ledger";
import { type AnsweredTokens, makeAnsweredTokens } from "../../src/store/ledger/answered-tokens";
import { acknowledgeLosses, readLosses } from "../../src/store/ledger/lost-tokens";
import { startLossWatch } from "../../src/store/ledger/loss-watch";
import { makePartitions } from "../../src/store/ledger/partitions";
import { until } from "../harness/installed-server";
import { daySeconds, makeLedgerEntry, makeOwnDatabase, now, type OwnDatabase } from "../harness/own-database";

let own: OwnDatabase;
let operator: Database;
const stops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  own = await makeOwnDatabase();
  operator = own.open();
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await operator.build((knex) => knex("lost_tokens").delete());
});
afterAll(() => own.drop());

const times = { tick: 10, place: 100, sameDatabase: 30, secondLook: 30 };

interface Worker {
  /** The jtis that were reported as lost, one list per report. */
  reports: string[][];
  /** How many searches found nothing missing. */
  searches(): number;
  blind: string[];
  record(...rows: readonly LedgerEntry[]): Promise<void>;
}

/** Starts what one worker has of the ledger. */
async function startWorker(change: { database?: (real: Database) => Database; answered?: AnsweredTokens } = {}): Promise<Worker> {
  const real = own.open();
  const database = change.database?.(real) ?? real;
  const { answered = makeAnsweredTokens() } = change;
  const ledger = makeLedger({ database: real, partitions: makePartitions(real), answered });
  const [reports, blind]: [string[][], string[]] = [[], []];
  let searches = 0;
  const onLost = (tokens: readonly { jti: string }[]): void => void reports.push(tokens.map(({ jti }) => jti).sort());
  const others = { onKept: () => (searches += 1), onBlind: (reason: string) => void blind.push(reason) };
  stops.push(startLossWatch({ database, answered, clock: () => now, onLost, ...others, times }));
  await sleep(50);
  return {
    ...{ reports, blind, searches: () => searches },
    record: async (...rows) => {
      await Promise.all(rows.map((row) => ledger.record(row)));
    },
  };
}

const lose = (...rows: readonly LedgerEntry[]) =>
  operator.build((knex) =>
    knex("issued_tokens")
      .whereIn(
        "jti",
        rows.map(({ jti }) => jti),
      )
      .delete(),
  );

/** Ends every session but the operator's own, as the death of a primary does. */
const cutSessions = () =>
  operator.build((knex) =>
    knex.raw("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"),
  );

const jtisOf = (...rows: readonly LedgerEntry[]): string[] => rows.map(({ jti }) => jti).sort();
const countOpen = async (): Promise<number> => (await readLosses(operator)).reduce((sum, { tokens }) => sum + tokens, 0);

/** Longer than a watch needs for anything. */
const aWhileMs = 250;

describe("the watch for lost tokens", () => {
  it("reports what each worker has lost, once, and neither tokens that are there nor those that have expired", async () => {
    const [one, two] = [await startWorker(), await startWorker()];
    const [kept, lostA, lostB] = [makeLedgerEntry(), makeLedgerEntry(), makeLedgerEntry({ contract: "raidiam" })];
    const expired = makeLedgerEntry({ expiresAt: now / 1000 - 1 });
    const purged = makeLedgerEntry({ expiresAt: now / 1000 - 2 * daySeconds });
    await one.record(kept, lostA, expired, purged);
    await two.record(lostB);
    await lose(lostA, lostB, expired);
    await operator.build((knex) => knex.raw("DROP TABLE issued_tokens_20260113"));
    await cutSessions();
    await until("both have reported", () => one.reports.length + two.reports.length === 2);
    expect([one.reports, two.reports]).toEqual([[jtisOf(lostA)], [jtisOf(lostB)]]);
    expect((await readLosses(operator)).map(({ contract, tokens }) => [contract, tokens])).toEqual([
      ["abbeycross", 1],
      ["raidiam", 1],
    ]);

    await acknowledgeLosses(operator, now);
    await cutSessions();
    await sleep(aWhileMs);
    expect([one.reports.length, two.reports.length, await countOpen()]).toEqual([1, 1, 0]);
    // The next failover loses the report too.
    await operator.build((knex) => knex("lost_tokens").delete());
    await cutSessions();
    await until("the servers are not ready again", async () => (await countOpen()) === 2);
    expect([one.reports.length, two.reports.length]).toEqual([1, 1]);
  });

  it("(control) reports nothing if the ledger does not tell which tokens were answered", async () => {
    const worker = await startWorker({ answered: { ...makeAnsweredTokens(), add: () => undefined } });
    const row = makeLedgerEntry();
    await worker.record(row);
    await lose(row);
    await cutSessions();
    await sleep(aWhileMs);
    expect(worker.reports).toEqual([]);
  });

  it("counts a loss once if the connection is lost while it is written, before its commit or after it", async () => {
    for (const isCommitted of [false, true]) {
      let failures = 0;
      const failOnce = (real: Database): Database => ({
        ...real,
        transact: async <T>(work: (within: Queryable) => Promise<T>) => {
          if (failures === 1 && !isCommitted) failures += 1;
          else {
            const result = await real.transact(work);
            if (failures !== 0) return result;
          }
          failures += 1;
          throw new Unavailable("database", "unreachable", "the connection was lost");
        },
      });
      const worker = await startWorker({ database: failOnce });
      const row = makeLedgerEntry();
      await worker.record(row);
      await lose(row);
      await cutSessions();
      await until("the loss is reported", () => worker.reports.length > 0);
      await sleep(aWhileMs);
      expect([worker.reports, failures > 0]).toEqual([[jtisOf(row)], true]);
    }
  });

  it("takes nothing for lost that a server which refuses writes does not have", async () => {
    const worker = await startWorker();
    const row = makeLedgerEntry();
    await worker.record(row);
    await lose(row);
    const name = String(own.connection.database);
    await operator.build((knex) => knex.raw(`ALTER DATABASE "${name}" SET default_transaction_read_only = on`));
    await cutSessions();
    await sleep(aWhileMs);
    expect([worker.reports, worker.searches(), await countOpen()]).toEqual([[], 0, 0]);
    await operator.build((knex) => knex.raw(`ALTER DATABASE "${name}" RESET default_transaction_read_only`));
    await cutSessions();
    await until("the loss is reported", () => worker.reports.length > 0);
    expect(worker.reports).toEqual([jtisOf(row)]);
  });

  it("says once that the database does not tell its place, and looks after lost connections all the same", async () => {
    const refusePlace = (real: Database): Database => ({
      ...real,
      query: () => Promise.reject(new Error("permission denied for function pg_postmaster_start_time")),
    });
    const worker = await startWorker({ database: refusePlace });
    const row = makeLedgerEntry();
    await worker.record(row);
    await lose(row);
    await cutSessions();
    await until("the loss is reported", () => worker.reports.length > 0);
    expect([worker.blind, worker.reports]).toEqual([["permission denied for function pg_postmaster_start_time"], [jtisOf(row)]]);
  });

  it("finds that another database has taken the place of this one, though no connection was lost", async () => {
    const worker = await startWorker();
    const row = makeLedgerEntry();
    await worker.record(row);
    await sleep(aWhileMs);
    expect(worker.searches()).toBe(0);
    // As after a dump was restored behind a pooler. The old table keeps the partitions, so nothing can be written after this.
    await operator.transaction(async (transaction) => {
      await transaction.raw("ALTER TABLE issued_tokens RENAME TO issued_tokens_before");
      await transaction.raw("CREATE TABLE issued_tokens (LIKE issued_tokens_before INCLUDING ALL) PARTITION BY RANGE (expires_at)");
    });
    await until("the loss is reported", () => worker.reports.length > 0);
    expect(worker.reports).toEqual([jtisOf(row)]);
  });
});

it("The ring of answered tokens keeps the newest, in their order, and forgets those that have expired", () => {
  const answered = makeAnsweredTokens(3);
  expect([answered.hasSome(now), answered.list(now)]).toEqual([false, []]);
  const lives = [60, 5, 60, 60];
  const rows = lives.map((seconds) => makeLedgerEntry({ expiresAt: now / 1000 + seconds }));
  for (const row of rows) answered.add(row);
  const list = (at: number): string[] => answered.list(at).map(({ jti }) => jti);
  expect(list(now)).toEqual(rows.slice(1).map(({ jti }) => jti));
  expect(list(now + 5_000)).toEqual(rows.slice(2).map(({ jti }) => jti));
  expect([answered.hasSome(now + 5_000), answered.hasSome(now + 60_000)]).toEqual([true, false]);
});
