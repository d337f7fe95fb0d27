import pino from "pino";
import { longestTokenSeconds } from "../../src/engine/client";
import { makeSharedGauges } from "../../src/telemetry/metrics/shared-gauges";
import { startMaintenance } from "../../src/process/maintenance";
import { makeAssertions } from "../../src/store/ledger/assertions";
import type { Database } from "../../src/store/database";
import { toEpochDay, makePartitions, formatPartitionName } from "../../src/store/ledger/partitions";
import { makePurge } from "../../src/store/ledger/purge";
import { purgeRows } from "../../src/store/ledger/purge-rows";
import { makeLogCollector } from "../../src/testkit/clock-and-log";
import { makeAssertionUse, daySeconds, makeOwnDatabase, now } from "../harness/own-database";

/** The real purge or a broken one, with the metric of the expired partitions that still exist. */
export interface PurgeVariant {
  startMaintenance: typeof startMaintenance;
  readGauge(database: Database, retentionSeconds: number): Promise<number | undefined>;
}

export const realPurge: PurgeVariant = {
  startMaintenance,
  readGauge: async (database, retentionSeconds) => {
    const keys = { list: () => Promise.resolve([]) };
    const ports = { partitions: makePartitions(database), keys, longestTokenSeconds, retentionSeconds, clock: () => now };
    const snapshot = await makeSharedGauges(ports).read();
    return snapshot.find(({ name }) => name === "polymint_partitions_expired")?.values[0]?.value;
  },
};

const today = toEpochDay(now / 1000);
const retentionSeconds = 2 * daySeconds;
/** All three days have passed, but the tokens of the last are still retained. */
const [oldest, old, recent] = [today - 5, today - 4, today - 1] as const;
const statementTimeoutMs = 200;

/** Makes dropping the table take longer than a statement may. */
function makeDropSlow(database: Database, name: string): Promise<unknown> {
  return database.build((knex) =>
    knex.raw(`CREATE FUNCTION dawdle() RETURNS event_trigger LANGUAGE plpgsql AS $$
      BEGIN IF current_query() LIKE '%${name}%' THEN PERFORM pg_sleep(10); END IF; END $$;
      CREATE EVENT TRIGGER dawdle ON ddl_command_start WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION dawdle()`),
  );
}

const situations = [
  { situation: "no slow partition", slowDay: undefined, expectedLog: [], left: 0 },
  { situation: "a slow oldest partition", slowDay: oldest, expectedLog: ["40: 1 Expired partitions could not be dropped."], left: 1 },
] as const;

/** Purges in each situation, on a database of its own. @returns what is wrong afterwards */
export async function findPurgeFaults(variant: PurgeVariant): Promise<string[]> {
  const tried = situations.map(async ({ situation, slowDay, expectedLog, left }) => {
    const own = await makeOwnDatabase();
    const database = own.open({ poolMax: 2 });
    const partitions = makePartitions(database);
    for (const day of [oldest, old, recent]) await partitions.ensureDay(day);
    await makeAssertions(database).spend(makeAssertionUse("over", { expiresAt: now / 1000 - daySeconds }));
    if (slowDay !== undefined) await makeDropSlow(database, formatPartitionName(slowDay));
    const { lines, stream } = makeLogCollector();
    const hurried = own.open({ poolMax: 2, statementTimeoutMs });
    await variant.startMaintenance(hurried, { retentionSeconds, partitionsAhead: 3 }, () => now, pino({ level: "info" }, stream))();
    const found = {
      logged: lines.map(({ level, partitionsExpired, msg }) => `${Number(level)}: ${Number(partitionsExpired)} ${String(msg)}`).join(),
      measured: await variant.readGauge(database, retentionSeconds),
      remaining: (await partitions.listDays()).filter((day) => day < today).join(),
      rows: (await database.build((knex) => knex("used_assertions").pluck<string[]>("jti"))).length,
    };
    await own.drop();
    const remaining = [...(slowDay === undefined ? [] : [slowDay]), recent].join();
    const expected = { logged: expectedLog.join(), measured: left, remaining, rows: 0 };
    const wrong = (Object.keys(expected) as (keyof typeof expected)[]).filter((each) => found[each] !== expected[each]);
    return wrong.map((each) => `${situation}: ${each} ${String(found[each])} in place of ${String(expected[each])}`);
  });
  return (await Promise.all(tried)).flat();
}

/** Logs what it could not drop only at level debug. */
export const logsNothing: PurgeVariant = {
  ...realPurge,
  startMaintenance: (database, options, clock, log) =>
    runOnce(async () => {
      const purge = makePurge({ database, partitions: makePartitions(database), longestTokenSeconds });
      log.debug(await purge(clock(), options.retentionSeconds), "Maintenance removed expired rows and partitions.");
    }),
};

/** Ends at the first partition that cannot be dropped. */
export const stopsAtFirstFailure: PurgeVariant = {
  ...realPurge,
  startMaintenance: (database, _options, clock) =>
    runOnce(async () => {
      for (const day of [oldest, old]) await database.build((knex) => knex.raw(`DROP TABLE ${formatPartitionName(day)}`));
      await purgeRows(database, clock(), longestTokenSeconds);
    }),
};

/** Counts partitions of past listDays whose tokens are still retained. */
export const countsUnexpired: PurgeVariant = {
  ...realPurge,
  readGauge: async (database) => (await makePartitions(database).listDays()).filter((day) => day < today).length,
};

/** Runs the work once and hides its failure. @returns a function that waits for its end, as `startMaintenance` does */
function runOnce(work: () => Promise<void>): () => Promise<void> {
  const finished = work().catch(() => undefined);
  return () => finished;
}
