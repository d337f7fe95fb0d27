import pino from "pino";
import { longestTokenSeconds } from "../../src/engine/client";
import { makeSharedGauges } from "../../src/telemetry/metrics/shared-gauges";
import { startMaintenance } from "../../src/process/maintenance";
import type { Database } from "../../src/store/database";
import { toEpochDay, makePartitions, formatPartitionName } from "../../src/store/ledger/partitions";
import { fewPartitions } from "../../src/store/ledger/partitions-ahead";
import { makeLogCollector } from "../../src/testkit/clock-and-log";
import { makeOwnDatabase, now } from "../harness/own-database";

/** The real maintenance or a broken one, with the metric of the partitions ahead; undefined if the metric is missing. */
export interface MaintenanceVariant {
  startMaintenance: typeof startMaintenance;
  readGauge(database: Database): Promise<number | undefined>;
}

export const realMaintenance: MaintenanceVariant = {
  startMaintenance,
  readGauge: async (database) => {
    const ports = {
      partitions: makePartitions(database),
      keys: { list: () => Promise.resolve([]) },
      longestTokenSeconds,
      retentionSeconds: 0,
      clock: () => now,
    };
    const snapshot = await makeSharedGauges(ports).read();
    return snapshot.find(({ name }) => name === "polymint_partitions_ahead")?.values[0]?.value;
  },
};

const daysAhead = 8;
const today = toEpochDay(now / 1000);

/** What prevents partitions from being made, and how many are ahead then. */
const obstacles: Readonly<Record<string, { create: (database: Database) => Promise<unknown>; ahead: number }>> = {
  nothing: { create: () => Promise.resolve(), ahead: daysAhead },
  "a table with the name of tomorrow's partition": { create: (database) => createConflictingTable(database, 1), ahead: 0 },
  "a table with the name of the third partition": { create: (database) => createConflictingTable(database, 3), ahead: 2 },
  "a table with the name of the fourth partition": { create: (database) => createConflictingTable(database, 4), ahead: 3 },
  "a database that makes no tables": { create: refuseNewTables, ahead: 0 },
};

/** Creates a copy of the ledger under the name of the partition that many listDays ahead. */
function createConflictingTable(database: Database, ahead: number): Promise<unknown> {
  return database.build((knex) => knex.raw(`CREATE TABLE ${formatPartitionName(today + ahead)} (LIKE issued_tokens)`));
}

export function refuseNewTables(database: Database): Promise<unknown> {
  return database.build((knex) =>
    knex.raw(`CREATE OR REPLACE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'no space left'; END $$; CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('CREATE TABLE')
      EXECUTE FUNCTION refuse()`),
  );
}

/** @returns the lines that one run logs */
export async function runMaintenanceOnce(
  database: Database,
  start: MaintenanceVariant["startMaintenance"] = startMaintenance,
): Promise<Record<string, unknown>[]> {
  const { lines, stream } = makeLogCollector();
  await start(database, { retentionSeconds: 0, partitionsAhead: daysAhead }, () => now, pino({ level: "info" }, stream))();
  return lines;
}

/** Meets each obstacle on a database of its own. @returns what is wrong with the alarm in the log and in the metric */
export async function findAlarmFaults(variant: MaintenanceVariant): Promise<string[]> {
  const tried = Object.entries(obstacles).map(async ([obstacle, { create, ahead }]) => {
    const own = await makeOwnDatabase();
    const database = own.open({ poolMax: 2 });
    await create(database);
    const alarms = (await runMaintenanceOnce(database, variant.startMaintenance)).filter(
      ({ msg }) => msg === "The ledger has few partitions ahead.",
    );
    const logged = alarms.map(({ level, partitionsAhead, wanted: of }) => `${Number(level)}: ${Number(partitionsAhead)} of ${Number(of)}`);
    const expected = ahead < fewPartitions ? [`40: ${ahead} of ${daysAhead}`] : [];
    const measured = await variant.readGauge(database);
    await own.drop();
    return [
      ...(logged.join() === expected.join() ? [] : [`${obstacle}: logged [${logged.join()}] in place of [${expected.join()}]`]),
      ...(measured === ahead ? [] : [`${obstacle}: measured ${String(measured)} in place of ${ahead}`]),
    ];
  });
  return (await Promise.all(tried)).flat();
}

/** Counts all partitions of later days, even beyond a gap. */
export const ignoresGaps: MaintenanceVariant = {
  startMaintenance: (database, { partitionsAhead }, clock, log) =>
    runOnce(async () => {
      await makePartitions(database).ensurePartitions(clock(), partitionsAhead);
      const ahead = await countDaysAhead(database);
      if (ahead < fewPartitions) log.warn({ partitionsAhead: ahead, wanted: partitionsAhead }, "The ledger has few partitions ahead.");
    }),
  readGauge: countDaysAhead,
};

/** Reports the number of partitions that it wanted, whether they were made or not. */
export const assumesSuccess: MaintenanceVariant = {
  startMaintenance: (database, { partitionsAhead }, clock) =>
    runOnce(() => makePartitions(database).ensurePartitions(clock(), partitionsAhead)),
  readGauge: () => Promise.resolve(daysAhead),
};

/** Stops at the first failure without logging it, though that is when the alarm is due. */
export const stopsAtFailure: MaintenanceVariant = {
  ...realMaintenance,
  startMaintenance: (database, options, clock, log) =>
    runOnce(async () => {
      await makePartitions(database).ensurePartitions(clock(), options.partitionsAhead);
      await startMaintenance(database, options, clock, log)();
    }),
};

async function countDaysAhead(database: Database): Promise<number> {
  return (await makePartitions(database).listDays()).filter((day) => day > today).length;
}

/** Runs the work once and hides its failure. @returns a function that waits for its end, as `startMaintenance` does */
function runOnce(work: () => Promise<void>): () => Promise<void> {
  const finished = work().catch(() => undefined);
  return () => finished;
}
