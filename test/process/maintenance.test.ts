import type { Database } from "../../src/store/database";
import { toEpochDay, makePartitions } from "../../src/store/ledger/partitions";
import { makeOwnDatabase, now, type OwnDatabase } from "../harness/own-database";
import { believesInSuccess, countsAll, oneRun, realHouse, refuseTables, swallowsFailures, wrongWith } from "./partition-alarm";
import { discouraged, impatient, realPurger, silent, wrongWithPurge } from "./purge-alarm";

jest.setTimeout(60_000);

const today = toEpochDay(now / 1000);

describe("housekeeping", () => {
  let own: OwnDatabase;
  let database: Database;
  beforeEach(async () => {
    own = await makeOwnDatabase();
    database = own.open();
  });
  afterEach(() => own.drop());
  const days = () => makePartitions(database).listDays();

  it("makes the partitions of today and the days ahead, and has nothing to say then", async () => {
    expect(await oneRun(database)).toEqual([]);
    expect(await days()).toEqual(Array.from({ length: 9 }, (_, ahead) => today + ahead));
  });

  it("purges though partitions cannot be made, and says that they cannot", async () => {
    await makePartitions(database).ensureDay(today - 5);
    await refuseTables(database);
    const few = expect.objectContaining({ partitionsAhead: 0, wanted: 8 }) as unknown;
    expect(await oneRun(database)).toEqual([
      expect.objectContaining({ level: 40, detail: expect.stringContaining("no space left") as string }),
      few,
    ]);
    expect(await days()).toEqual([]);
  });
});

describe("the alarm of few partitions ahead", () => {
  it("is in the log and in the metrics if there are fewer than three, with how many in a row there are, and else in neither", async () => {
    expect(await wrongWith(realHouse)).toEqual([]);
  });

  it.each([
    [
      "counts partitions beyond a gap",
      countsAll,
      ["tomorrow's: logged [] in place of [40: 0 of 8]", "tomorrow's: measured 7 in place of 0"],
    ],
    ["believes that what it wanted is there", believesInSuccess, ["the third: logged []", "the third: measured 8 in place of 2"]],
    ["keeps its failures to itself", swallowsFailures, ["makes no tables: logged [] in place of [40: 0 of 8]"]],
  ])("would not do where housekeeping %s", async (_what, broken, harms) => {
    const wrong = (await wrongWith(broken)).join("\n");
    for (const harm of harms) expect(wrong).toContain(harm);
  });
});

describe("the alarm of expired partitions that still stand", () => {
  it("is in the log and in the metrics, and one of them keeps nothing else from being purged", async () => {
    expect(await wrongWithPurge(realPurger)).toEqual([]);
  });

  it.each([
    ["is silent", silent, ["the oldest takes too long: told  in place of 40: 1 expired"]],
    ["ends at the first", discouraged, ["the oldest takes too long: told  in place", "rows 1 in place of 0", "measured 2 in place of 1"]],
    ["measures impatiently", impatient, ["nothing in the way: measured 1 in place of 0"]],
  ])("would not do where the purge %s", async (_what, broken, harms) => {
    const wrong = (await wrongWithPurge(broken)).join("\n");
    for (const harm of harms) expect(wrong).toContain(harm);
  });
});
