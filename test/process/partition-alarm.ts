import pino from "pino";
import { longestTokenSeconds } from "../../src/engine/lifetimes";
import { makeSharedGauges } from "../../src/telemetry/metrics/shared-gauges";
import { keepHouse } from "../../src/process/maintenance";
import type { Database } from "../../src/store/database";
import { toEpochDay, makePartitions, formatPartitionName } from "../../src/store/ledger/partitions";
import { fewPartitions } from "../../src/store/ledger/partitions-ahead";
import { makeLogCollector } from "../../src/testkit/clock-and-log";
import { makeOwnDatabase, now } from "../harness/own-database";

/** Who keeps house, and what the metrics say of the partitions ahead; undefined if they say nothing. */
export interface House {
  keep: typeof keepHouse;
  gauge(database: Database): Promise<number | undefined>;
}

export const realHouse: House = {
  keep: keepHouse,
  gauge: async (database) => {
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

const wanted = 8;
const today = toEpochDay(now / 1000);

/** What keeps partitions from being made, and how many are ahead then. */
const hindrances: Readonly<Record<string, { hinder: (database: Database) => Promise<unknown>; ahead: number }>> = {
  nothing: { hinder: () => Promise.resolve(), ahead: wanted },
  "somebody's table in the place of tomorrow's": { hinder: (database) => takePlace(database, 1), ahead: 0 },
  "somebody's table in the place of the third": { hinder: (database) => takePlace(database, 3), ahead: 2 },
  "somebody's table in the place of the fourth": { hinder: (database) => takePlace(database, 4), ahead: 3 },
  "a database that makes no tables": { hinder: refuseTables, ahead: 0 },
};

/** Somebody's copy of the ledger stands where a partition should be. */
function takePlace(database: Database, ahead: number): Promise<unknown> {
  return database.build((knex) => knex.raw(`CREATE TABLE ${formatPartitionName(today + ahead)} (LIKE issued_tokens)`));
}

export function refuseTables(database: Database): Promise<unknown> {
  return database.build((knex) =>
    knex.raw(`CREATE OR REPLACE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'no space left'; END $$; CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('CREATE TABLE')
      EXECUTE FUNCTION refuse()`),
  );
}

/** One run, and what it had to say. */
export async function oneRun(database: Database, keep: House["keep"] = keepHouse): Promise<Record<string, unknown>[]> {
  const { lines, stream } = makeLogCollector();
  await keep(database, { retentionSeconds: 0, partitionsAhead: wanted }, () => now, pino({ level: "info" }, stream))();
  return lines;
}

/** With every hindrance, each on a database of its own: what of the alarm in log and metric is not as it should be. */
export async function wrongWith(house: House): Promise<string[]> {
  const tried = Object.entries(hindrances).map(async ([hindrance, { hinder, ahead }]) => {
    const own = await makeOwnDatabase();
    const database = own.open({ poolMax: 2 });
    await hinder(database);
    const alarms = (await oneRun(database, house.keep)).filter(({ msg }) => msg === "the ledger has few partitions ahead");
    const told = alarms.map(({ level, partitionsAhead, wanted: of }) => `${Number(level)}: ${Number(partitionsAhead)} of ${Number(of)}`);
    const due = ahead < fewPartitions ? [`40: ${ahead} of ${wanted}`] : [];
    const measured = await house.gauge(database);
    await own.drop();
    return [
      ...(told.join() === due.join() ? [] : [`${hindrance}: logged [${told.join()}] in place of [${due.join()}]`]),
      ...(measured === ahead ? [] : [`${hindrance}: measured ${String(measured)} in place of ${ahead}`]),
    ];
  });
  return (await Promise.all(tried)).flat();
}

/** Counts the partitions there are, as if there were no gap between them. */
export const countsAll: House = {
  keep: (database, { partitionsAhead }, clock, log) =>
    running(async () => {
      await makePartitions(database).ensurePartitions(clock(), partitionsAhead);
      const ahead = await allAfterToday(database);
      if (ahead < fewPartitions) log.warn({ partitionsAhead: ahead, wanted: partitionsAhead }, "the ledger has few partitions ahead");
    }),
  gauge: allAfterToday,
};

/** Believes that what it wanted made was made. */
export const believesInSuccess: House = {
  keep: (database, { partitionsAhead }, clock) => running(() => makePartitions(database).ensurePartitions(clock(), partitionsAhead)),
  gauge: () => Promise.resolve(wanted),
};

/** Stops at the first failure, the very moment when the alarm is due, and keeps it to itself. */
export const swallowsFailures: House = {
  ...realHouse,
  keep: (database, upkeep, clock, log) =>
    running(async () => {
      await makePartitions(database).ensurePartitions(clock(), upkeep.partitionsAhead);
      await keepHouse(database, upkeep, clock, log)();
    }),
};

async function allAfterToday(database: Database): Promise<number> {
  return (await makePartitions(database).listDays()).filter((day) => day > today).length;
}

function running(work: () => Promise<void>): () => Promise<void> {
  const over = work().catch(() => undefined);
  return () => over;
}
