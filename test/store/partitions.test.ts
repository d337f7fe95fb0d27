import type { Database } from "../../src/store/database";
import { makeLedger } from "../../src/store/ledger";
import { toEpochDay, makePartitions, formatPartitionName } from "../../src/store/ledger/partitions";
import { makePurge } from "../../src/store/ledger/purge";
import { makeAssertions } from "../../src/store/ledger/assertions";
import {
  makeAssertionUse,
  daySeconds,
  makeLedgerEntry,
  findInLedger,
  makeOwnDatabase,
  now,
  type OwnDatabase,
  rejectionOf,
} from "../harness/own-database";

let own: OwnDatabase;

beforeAll(async () => {
  own = await makeOwnDatabase();
});
afterEach(async () => {
  const database = own.open();
  for (const day of await makePartitions(database).listDays())
    await database.build((knex) => knex.raw(`DROP TABLE ${formatPartitionName(day)}`));
  await database.build((knex) => knex("used_assertions").delete());
  await own.close();
});
afterAll(() => own.drop());

const today = toEpochDay(now / 1000);

describe("the ledger's partitions", () => {
  it("exist for today and the days ahead after they were ensured twice", async () => {
    const partitions = makePartitions(own.open());
    await partitions.ensurePartitions(now, 3);
    await partitions.ensurePartitions(now, 3);
    expect(await partitions.listDays()).toEqual([today, today + 1, today + 2, today + 3]);
    expect(formatPartitionName(today)).toBe("issued_tokens_20260115");
  });

  it("hold the tokens that expire in the first and the last second of their day", async () => {
    const ledger = makeLedger({ database: own.open(), partitions: makePartitions(own.open()) });
    const start = today * daySeconds;
    for (const expiresAt of [start - 1, start, start + daySeconds - 1, start + daySeconds])
      expect(await ledger.record(makeLedgerEntry({ expiresAt }))).toBe("recorded");
    expect(await makePartitions(own.open()).listDays()).toEqual([today - 1, today, today + 1]);
  });

  const wanted = Array.from({ length: 5 }, (_, ahead) => today + ahead);
  type EnsureDay = (day: number) => Promise<unknown>;

  /** Four servers create the same new days at the same time. @returns the errors of those that failed */
  async function createAtOnce(server: (database: Database) => EnsureDay): Promise<unknown[]> {
    const servers = Array.from({ length: 4 }, () => server(own.open()));
    const failures: unknown[] = [];
    for (const day of wanted) {
      const outcomes = await Promise.allSettled(servers.map((ensureDay) => ensureDay(day)));
      failures.push(...outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : [])));
    }
    return failures;
  }

  it("exist once when four servers create them at the same time, and no server fails", async () => {
    expect(
      await createAtOnce((database) => {
        const partitions = makePartitions(database);
        return (day) => partitions.ensureDay(day);
      }),
    ).toEqual([]);
    expect(await makePartitions(own.open()).listDays()).toEqual(wanted);
  });

  it("(control) servers that look for a partition first and create it afterwards fail", async () => {
    const lookFirst = (database: Database): EnsureDay => {
      const partitions = makePartitions(database);
      const formatDay = (day: number) => new Date(day * daySeconds * 1000).toISOString();
      return async (day) => {
        if ((await partitions.listDays()).includes(day)) return;
        const range = `FROM ('${formatDay(day)}') TO ('${formatDay(day + 1)}')`;
        await database.build((knex) => knex.raw(`CREATE TABLE ${formatPartitionName(day)} PARTITION OF issued_tokens FOR VALUES ${range}`));
      };
    };
    expect(await createAtOnce(lookFirst)).not.toEqual([]);
  });
});

describe("the purge", () => {
  const purgeOn = (database: Database) => makePurge({ database, partitions: makePartitions(database), longestTokenSeconds: daySeconds });
  const expiring = (days: number) => makeLedgerEntry({ expiresAt: now / 1000 + days * daySeconds });

  it("drops the days that ended before the retention began, and no other day", async () => {
    const database = own.open();
    const ledger = makeLedger({ database, partitions: makePartitions(database) });
    const rows = [-3, -2, -1, 0, 1].map(expiring);
    for (const row of rows) await ledger.record(row);
    const jtis = rows.map(({ jti }) => jti);
    expect((await purgeOn(database)(now, 1.5 * daySeconds)).partitions).toEqual([
      formatPartitionName(today - 3),
      formatPartitionName(today - 2),
    ]);
    expect(await findInLedger(database, jtis)).toEqual(new Set(jtis.slice(2)));
    expect((await purgeOn(database)(now, 0)).partitions).toEqual([formatPartitionName(today - 1)]);
    expect(await findInLedger(database, jtis)).toEqual(new Set(jtis.slice(3)));
    const { partitions, ...counts } = await purgeOn(database)(now, 0);
    expect(partitions).toEqual([]);
    expect(new Set(Object.values(counts))).toEqual(new Set([0]));
  });

  it("drops a day when it is over, and not a millisecond earlier", async () => {
    const database = own.open();
    await makePartitions(database).ensureDay(today);
    const midnight = (today + 1) * daySeconds * 1000;
    expect((await purgeOn(database)(midnight - 1, 0)).partitions).toEqual([]);
    expect((await purgeOn(database)(midnight, 0)).partitions).toEqual([formatPartitionName(today)]);
  });

  it("runs beside inserts, none of which fails or is lost", async () => {
    const database = own.open();
    const partitions = makePartitions(database);
    const ledger = makeLedger({ database, partitions });
    await partitions.ensurePartitions(now - 12 * daySeconds * 1000, 12);
    const written: string[] = [];
    let over = false;
    const requests = Array.from({ length: 16 }, async () => {
      while (!over) {
        const row = makeLedgerEntry();
        await ledger.record(row);
        written.push(row.jti);
      }
    });
    const dropped = new Set<string>();
    // A purge that finds the ledger too busy leaves the partition for the next purge.
    for (let round = 0; round < 10 && dropped.size < 12; round += 1) {
      const { partitions: names } = await purgeOn(own.open())(now, 0);
      names.forEach((name) => dropped.add(name));
    }
    over = true;
    await Promise.all(requests);
    expect(dropped.size).toBe(12);
    expect((await findInLedger(database, written)).size).toBe(written.length);
    expect(written.length).toBeGreaterThan(0);
    expect(await partitions.listDays()).toEqual([today]);
  });

  type Drop = (database: Database) => Promise<readonly string[]>;

  /** Four servers purge the same ten days. @returns the partitions that they dropped, and the errors of those that failed */
  async function purgeAtOnce(drop: Drop): Promise<{ dropped: string[]; failures: unknown[] }> {
    const servers = Array.from({ length: 4 }, () => own.open());
    const [first] = servers;
    if (first !== undefined) await makePartitions(first).ensurePartitions(now - 10 * daySeconds * 1000, 9);
    await Promise.all(servers.map((database) => database.ping()));
    const outcomes = await Promise.allSettled(servers.map(drop));
    const failures = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
    return { dropped: outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? outcome.value : [])), failures };
  }

  it("drops each day once when four servers purge at the same time, and no server fails", async () => {
    const { dropped, failures } = await purgeAtOnce(async (database) => (await purgeOn(database)(now, 0)).partitions);
    expect(failures).toEqual([]);
    expect(dropped.sort()).toEqual(Array.from({ length: 10 }, (_, ago) => formatPartitionName(today - 10 + ago)));
    expect(await makePartitions(own.open()).listDays()).toEqual([]);
  });

  it("(control) servers that drop every partition they find, without a lock, fail", async () => {
    const dropWithoutLock: Drop = async (database) => {
      const names = (await makePartitions(database).listDays()).map(formatPartitionName);
      for (const name of names) await database.build((knex) => knex.raw(`DROP TABLE ${name}`));
      return names;
    };
    expect((await purgeAtOnce(dropWithoutLock)).failures).not.toEqual([]);
  });

  it("deletes used assertions five minutes after they expired, and none that could still be used", async () => {
    const database = own.open();
    const assertions = makeAssertions(database);
    const seconds = now / 1000;
    const [live, justOver, over] = [
      makeAssertionUse("live", { expiresAt: seconds + 1 }),
      makeAssertionUse("just over", { expiresAt: seconds - 10 }),
      makeAssertionUse("over", { expiresAt: seconds - 301 }),
    ] as const;
    for (const use of [live, justOver, over]) expect(await assertions.spend(use)).toBe(true);
    expect((await purgeOn(database)(now, 0)).assertions).toBe(1);
    expect(await assertions.spend(live)).toBe(false);
    expect(await assertions.spend(justOver)).toBe(false);
    expect(await assertions.spend(over)).toBe(true);
  });

  it("deletes more assertions than one statement does, while another server purges too", async () => {
    const database = own.open();
    const insert = "INSERT INTO used_assertions SELECT 'client', n::text, to_timestamp(?) FROM generate_series(1, 2500) AS n";
    await database.build((knex) => knex.raw(insert, [now / 1000 - daySeconds]));
    const purged = await Promise.all([own.open(), own.open()].map((server) => purgeOn(server)(now, 0)));
    const left = await database.build((knex) => knex("used_assertions").pluck<string[]>("jti"));
    expect(purged.reduce((sum, { assertions }) => sum + assertions, 0)).toBe(2500 - left.length);
    await purgeOn(database)(now, 0);
    expect(await database.build((knex) => knex("used_assertions").pluck<string[]>("jti"))).toEqual([]);
  });

  it("leaves a partition for the next purge while the ledger stays locked", async () => {
    const database = own.open();
    const partitions = makePartitions(database);
    await partitions.ensureDay(today - 5);
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    let reading = Promise.resolve();
    await new Promise<void>((holds) => {
      reading = own.open().transaction(async (transaction) => {
        await transaction.raw("SELECT count(*) FROM issued_tokens");
        holds();
        await released;
      });
    });
    expect(await makePurge({ database, partitions, longestTokenSeconds: daySeconds })(now, 0).finally(release)).toMatchObject({
      partitions: [],
      left: 1,
    });
    await reading;
    expect(await partitions.listDays()).toEqual([today - 5]);
    expect((await purgeOn(database)(now, 0)).partitions).toEqual([formatPartitionName(today - 5)]);
  });
});

it("The ledger throws a RangeError for a token whose expiry no partition can be named after", async () => {
  const ledger = makeLedger({ database: own.open(), partitions: makePartitions(own.open()) });
  expect(await rejectionOf(ledger.record(makeLedgerEntry({ expiresAt: 300_000_000_000 })))).toBeInstanceOf(RangeError);
});
