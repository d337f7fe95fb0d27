import pino from "pino";
import { keepHouse } from "../../src/process/housekeeping";
import type { Database } from "../../src/store/database";
import { dayOf, makePartitions, partitionName } from "../../src/store/partitions";
import { logLines } from "../../src/testkit/clock-and-log";
import { makeOwnDatabase, now, type OwnDatabase } from "../store/own-database";

jest.setTimeout(60_000);

const today = dayOf(now / 1000);
let own: OwnDatabase;
let database: Database;
beforeEach(async () => {
  own = await makeOwnDatabase();
  database = own.open();
});
afterEach(() => own.drop());

/** One run, and what it had to say. */
async function oneRun(partitionsAhead: number): Promise<Record<string, unknown>[]> {
  const { lines, stream } = logLines();
  await keepHouse(database, { retentionSeconds: 0, partitionsAhead }, () => now, pino({ level: "info" }, stream))();
  return lines;
}
const days = () => makePartitions(database).days();
const few = (partitionsAhead: number) =>
  expect.objectContaining({ level: 40, msg: "the ledger has few partitions ahead", partitionsAhead, wanted: 8 }) as unknown;

describe("housekeeping", () => {
  it("makes the partitions of today and the days ahead, and has nothing to say then", async () => {
    expect(await oneRun(8)).toEqual([]);
    expect(await days()).toEqual(Array.from({ length: 9 }, (_, ahead) => today + ahead));
  });

  it.each([0, 2])("tells when only %i could be made", async (ahead) => {
    // Somebody's copy of the table stands where the partition should be.
    await database.build((knex) => knex.raw(`CREATE TABLE ${partitionName(today + ahead + 1)} (LIKE issued_tokens)`));
    expect(await oneRun(8)).toEqual([few(ahead)]);
  });

  it("says nothing of three", async () => {
    await database.build((knex) => knex.raw(`CREATE TABLE ${partitionName(today + 4)} (LIKE issued_tokens)`));
    expect(await oneRun(8)).toEqual([]);
  });

  it("purges though partitions cannot be made, and says that they cannot", async () => {
    await makePartitions(database).ensureDay(today - 5);
    await database.build((knex) =>
      knex.raw(`CREATE OR REPLACE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'no space left'; END $$; CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('CREATE TABLE')
      EXECUTE FUNCTION refuse()`),
    );
    const lines = await oneRun(8);
    expect(lines).toEqual([expect.objectContaining({ level: 40, detail: expect.stringContaining("no space left") as string }), few(0)]);
    expect(await days()).toEqual([]);
  });
});
