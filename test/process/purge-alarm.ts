import pino from "pino";
import { longestTokenSeconds } from "../../src/engine/lifetimes";
import { makeSharedGauges } from "../../src/telemetry/metrics/shared-gauges";
import { keepHouse } from "../../src/process/maintenance";
import { makeAssertions } from "../../src/store/ledger/assertions";
import type { Database } from "../../src/store/database";
import { toEpochDay, makePartitions, formatPartitionName } from "../../src/store/ledger/partitions";
import { makePurge } from "../../src/store/ledger/purge";
import { purgeRows } from "../../src/store/ledger/purge-rows";
import { makeLogCollector } from "../../src/testkit/clock-and-log";
import { assertionUse, daySeconds, makeOwnDatabase, now } from "../harness/own-database";

/** Who removes what has expired, and what the metrics say of partitions that still stand. */
export interface Purger {
  keep: typeof keepHouse;
  gauge(database: Database, retentionSeconds: number): Promise<number | undefined>;
}

export const realPurger: Purger = {
  keep: keepHouse,
  gauge: async (database, retentionSeconds) => {
    const keys = { list: () => Promise.resolve([]) };
    const ports = { partitions: makePartitions(database), keys, longestTokenSeconds, retentionSeconds, clock: () => now };
    const snapshot = await makeSharedGauges(ports).read();
    return snapshot.find(({ name }) => name === "polymint_partitions_expired")?.values[0]?.value;
  },
};

const today = toEpochDay(now / 1000);
const retentionSeconds = 2 * daySeconds;
/** The last of them is over, but its tokens are still kept. */
const [oldest, old, recent] = [today - 5, today - 4, today - 1] as const;
const statementTimeoutMs = 200;

/** Dropping it takes longer than a statement may. */
function slowToDrop(database: Database, name: string): Promise<unknown> {
  return database.build((knex) =>
    knex.raw(`CREATE FUNCTION dawdle() RETURNS event_trigger LANGUAGE plpgsql AS $$
      BEGIN IF current_query() LIKE '%${name}%' THEN PERFORM pg_sleep(10); END IF; END $$;
      CREATE EVENT TRIGGER dawdle ON ddl_command_start WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION dawdle()`),
  );
}

const situations = [
  { what: "nothing in the way", slow: undefined, told: [], left: 0 },
  { what: "the oldest takes too long", slow: oldest, told: ["40: 1 expired partitions could not be dropped"], left: 1 },
] as const;

/** In each situation, on a database of its own: what is not as it should be. */
export async function wrongWithPurge(purger: Purger): Promise<string[]> {
  const tried = situations.map(async ({ what, slow, told, left }) => {
    const own = await makeOwnDatabase();
    const database = own.open({ poolMax: 2 });
    const partitions = makePartitions(database);
    for (const day of [oldest, old, recent]) await partitions.ensureDay(day);
    await makeAssertions(database).spend(assertionUse("over", { expiresAt: now / 1000 - daySeconds }));
    if (slow !== undefined) await slowToDrop(database, formatPartitionName(slow));
    const { lines, stream } = makeLogCollector();
    const hurried = own.open({ poolMax: 2, statementTimeoutMs });
    await purger.keep(hurried, { retentionSeconds, partitionsAhead: 3 }, () => now, pino({ level: "info" }, stream))();
    const found = {
      told: lines.map(({ level, partitionsExpired, msg }) => `${Number(level)}: ${Number(partitionsExpired)} ${String(msg)}`).join(),
      measured: await purger.gauge(database, retentionSeconds),
      standing: (await partitions.listDays()).filter((day) => day < today).join(),
      rows: (await database.build((knex) => knex("used_assertions").pluck<string[]>("jti"))).length,
    };
    await own.drop();
    const due = { told: told.join(), measured: left, standing: [...(slow === undefined ? [] : [slow]), recent].join(), rows: 0 };
    const wrong = (Object.keys(due) as (keyof typeof due)[]).filter((each) => found[each] !== due[each]);
    return wrong.map((each) => `${what}: ${each} ${String(found[each])} in place of ${String(due[each])}`);
  });
  return (await Promise.all(tried)).flat();
}

/** Tells nobody but those who debug. */
export const silent: Purger = {
  ...realPurger,
  keep: (database, wanted, clock, log) =>
    running(async () => {
      const purge = makePurge({ database, partitions: makePartitions(database), longestTokenSeconds });
      log.debug(await purge(clock(), wanted.retentionSeconds), "housekeeping");
    }),
};

/** Ends at the first partition that cannot be dropped. */
export const discouraged: Purger = {
  ...realPurger,
  keep: (database, _wanted, clock) =>
    running(async () => {
      for (const day of [oldest, old]) await database.build((knex) => knex.raw(`DROP TABLE ${formatPartitionName(day)}`));
      await purgeRows(database, clock(), longestTokenSeconds);
    }),
};

/** Takes whatever is over for expired. */
export const impatient: Purger = {
  ...realPurger,
  gauge: async (database) => (await makePartitions(database).listDays()).filter((day) => day < today).length,
};

function running(work: () => Promise<void>): () => Promise<void> {
  const over = work().catch(() => undefined);
  return () => over;
}
