/** How long a purge of used client assertions takes, and requests meanwhile. */
import { setTimeout as sleep } from "node:timers/promises";
import { longestTokenSeconds } from "../../../../src/engine/client";
import type { Database } from "../../../../src/store/database";
import { purgeRows } from "../../../../src/store/ledger/purge-rows";
import { type Databases, openBenchDatabase } from "../databases";
import type { Stoppable } from "../program";
import type { Target } from "../servers/contender";
import { startPolymint } from "../servers/polymint";
import { quantile } from "../statistics";

/** A purge, and the token requests that were sent beside it. */
export interface TimedPurge {
  purge: string;
  seconds: number;
  rows: number;
  requests: number;
  /** Milliseconds. */
  medianRequest: number;
  slowestRequest: number;
}

type Purge = (database: Database) => Promise<number>;

const purges: Readonly<Record<string, readonly Purge[]>> = {
  "none, for five seconds": [() => sleep(5_000, 0)],
  "one server, as before (control, 45 s at most)": [purgeAsBefore],
  "one server": [purge],
  "two servers": [purge, purge],
};

/** @param assertions how many have expired each time */
export async function measurePurges(databases: Databases, assertions: number, opened: Stoppable[]): Promise<TimedPurge[]> {
  const { connection, database, url } = await databases.make("purge");
  const server = await startPolymint({ database, url });
  opened.push(server);
  const target = server.contractTargets.raidiam;
  if (target === undefined) throw new Error("There is no contract with assertions.");
  const timed: TimedPurge[] = [];
  for (const [name, works] of Object.entries(purges)) {
    await fillAssertions(database, assertions);
    const purgers = works.map(() => openBenchDatabase(connection));
    const began = performance.now();
    const work = Promise.all(works.map((each, nth) => each(purgers[nth] ?? database))).then((rows) => ({
      rows: rows.reduce((sum, count) => sum + count, 0),
      seconds: (performance.now() - began) / 1000,
    }));
    const [{ rows, seconds }, first, second] = await Promise.all([work, sendRequests(target, work), sendRequests(target, work)]);
    await Promise.all(purgers.map((each) => each.close()));
    if (works.includes(purge) && rows !== assertions) throw new Error(`"${name}" deleted ${rows} of ${assertions} rows.`);
    const times = [...first, ...second].sort((one, other) => one - other);
    const requests = { requests: times.length, medianRequest: quantile(times, 0.5), slowestRequest: times.at(-1) ?? Number.NaN };
    timed.push({ purge: name, seconds, rows, ...requests });
    process.stderr.write(
      `purge, ${name}: ${rows} rows in ${seconds.toFixed(1)} s, longest request ${requests.slowestRequest.toFixed(0)} ms\n`,
    );
  }
  await server.stop();
  return timed;
}

/** They expired in the course of the day before this one, in no order of their table. */
async function fillAssertions(database: Database, assertions: number): Promise<void> {
  await database.runLongTask(async (knex) => {
    await knex.raw("TRUNCATE used_assertions");
    await knex.raw(
      `INSERT INTO used_assertions (client_id, jti, expires_at)
       SELECT 'client-' || n % 100, md5(n::text), now() - interval '1 day' - random() * interval '1 day' FROM generate_series(1, ?::int) n`,
      [assertions],
    );
    await knex.raw("VACUUM ANALYZE used_assertions");
    await knex.raw("CHECKPOINT");
  });
}

async function purge(database: Database): Promise<number> {
  return (await purgeRows(database, Date.now(), longestTokenSeconds)).assertions;
}

const patienceMs = 45_000;

/** As releases did that found the rows of a chunk by their key, from the oldest one again each time. Gives up after a while. */
async function purgeAsBefore(database: Database): Promise<number> {
  const end = performance.now() + patienceMs;
  for (let deleted = 0; ;) {
    const { rowCount } = await database.query(statementBefore, []);
    deleted += rowCount;
    if (rowCount < 1000 || performance.now() > end) return deleted;
  }
}

const statementBefore = {
  name: "bench_purge_before",
  text: `
    DELETE FROM used_assertions WHERE (client_id, jti) IN (
      SELECT client_id, jti FROM used_assertions WHERE expires_at < now() - interval '5 minutes' LIMIT 1000 FOR UPDATE SKIP LOCKED)`,
};

const signedAtOnce = 50;

/** Sends requests that use an assertion each, one after the other with a pause, until the work is done. @returns milliseconds of each */
async function sendRequests(target: Target, work: Promise<unknown>): Promise<number[]> {
  const done = new AbortController();
  const isDone = (): boolean => done.signal.aborted;
  const end = (): void => done.abort();
  work.then(end, end);
  const taken: number[] = [];
  while (!isDone()) {
    const { url, headers, bodies = [] } = await target.aim(1, signedAtOnce);
    for (const body of bodies) {
      if (isDone()) break;
      const began = performance.now();
      const response = await fetch(url, { method: "POST", headers, body });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`a request beside the purge was answered ${response.status}`);
      taken.push(performance.now() - began);
      await sleep(20);
    }
  }
  return taken;
}
