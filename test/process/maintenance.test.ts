import type { Database } from "../../src/store/database";
import { toEpochDay, makePartitions } from "../../src/store/ledger/partitions";
import { makeOwnDatabase, now, type OwnDatabase } from "../harness/own-database";
import {
  assumesSuccess,
  findAlarmFaults,
  ignoresGaps,
  realMaintenance,
  refuseNewTables,
  runMaintenanceOnce,
  stopsAtFailure,
} from "./partition-alarm";
import { countsUnexpired, findPurgeFaults, logsNothing, realPurge, stopsAtFirstFailure } from "./purge-alarm";

jest.setTimeout(60_000);

const today = toEpochDay(now / 1000);

describe("maintenance", () => {
  let own: OwnDatabase;
  let database: Database;
  beforeEach(async () => {
    own = await makeOwnDatabase();
    database = own.open();
  });
  afterEach(() => own.drop());
  const days = () => makePartitions(database).listDays();

  it("makes the partitions of today and of the days ahead, and logs nothing", async () => {
    expect(await runMaintenanceOnce(database)).toEqual([]);
    expect(await days()).toEqual(Array.from({ length: 9 }, (_, ahead) => today + ahead));
  });

  it("purges though partitions cannot be made, and logs that they cannot", async () => {
    await makePartitions(database).ensureDay(today - 5);
    await refuseNewTables(database);
    const fewPartitionsWarning = expect.objectContaining({ partitionsAhead: 0, wanted: 8 }) as unknown;
    expect(await runMaintenanceOnce(database)).toEqual([
      expect.objectContaining({ level: 40, detail: expect.stringContaining("no space left") as string }),
      fewPartitionsWarning,
    ]);
    expect(await days()).toEqual([]);
  });
});

describe("the alarm of few partitions ahead", () => {
  it("stands in the log and in the metrics, with the number of days in a row that have one, only if they are fewer than three", async () => {
    expect(await findAlarmFaults(realMaintenance)).toEqual([]);
  });

  it.each([
    [
      "counts partitions beyond a gap",
      ignoresGaps,
      ["tomorrow's partition: logged [] in place of [40: 0 of 8]", "tomorrow's partition: measured 7 in place of 0"],
    ],
    [
      "assumes that it made what it wanted",
      assumesSuccess,
      ["the third partition: logged []", "the third partition: measured 8 in place of 2"],
    ],
    ["hides its failures", stopsAtFailure, ["makes no tables: logged [] in place of [40: 0 of 8]"]],
  ])("(control) the alarm is wrong if maintenance %s", async (_what, broken, harms) => {
    const wrong = (await findAlarmFaults(broken)).join("\n");
    for (const harm of harms) expect(wrong).toContain(harm);
  });
});

describe("the alarm of expired partitions that still stand", () => {
  it("stands in the log and in the metrics, and such a partition does not prevent the rest of the purge", async () => {
    expect(await findPurgeFaults(realPurge)).toEqual([]);
  });

  it.each([
    ["logs nothing", logsNothing, ["a slow oldest partition: logged  in place of 40: 1 Expired"]],
    [
      "stops at the first failure",
      stopsAtFirstFailure,
      ["a slow oldest partition: logged  in place", "rows 1 in place of 0", "measured 2 in place of 1"],
    ],
    ["counts partitions that have not expired", countsUnexpired, ["no slow partition: measured 1 in place of 0"]],
  ])("(control) the alarm is wrong if the purge %s", async (_what, broken, harms) => {
    const wrong = (await findPurgeFaults(broken)).join("\n");
    for (const harm of harms) expect(wrong).toContain(harm);
  });
});
