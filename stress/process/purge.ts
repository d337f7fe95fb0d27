import { longestTokenSeconds } from "../../src/config";
import { dayOf, endOf, makePartitions } from "../../src/store/partitions";
import { makePurge } from "../../src/store/purge";
import { startPolymint } from "../../src/testkit";
import { startLoad } from "./load";
import { compared, type Effort, type Figures, fullEffort, underLoad } from "./stage";

const insert = `INSERT INTO issued_tokens (jti, dialect, client_id, grant_type, subject, scope, issued_at, expires_at)
  SELECT gen_random_uuid(), 'abbeycross', 'client', 'client_credentials', 'client', '', ?::timestamptz, ?::timestamptz FROM generate_series(1, ?)`;

/** Expired tokens are purged while the server answers. `recoveredAfterMs` is how long the purge took. @param rows that are expired */
export async function purgeUnderLoad(rows = 1_000_000, effort: Effort = fullEffort): Promise<Figures> {
  const polymint = await startPolymint({ timePasses: true, statementTimeoutMs: 60_000 });
  try {
    const { database, clock, clients, url } = polymint;
    const partitions = makePartitions(database);
    const day = dayOf(clock() / 1000) - 2;
    await partitions.ensureDay(day);
    const expired = new Date(endOf(day) - 1000);
    await database.patiently((knex) => knex.raw(insert, [expired, expired, rows]));
    const body = JSON.stringify({ client_id: clients.abbeycross?.clientId, client_secret: clients.abbeycross?.secret });
    const load = startLoad({ urls: [url], body, callers: effort.callers });
    await underLoad(load, effort);
    const at = performance.now();
    const purge = makePurge({ database, partitions, longestTokenSeconds });
    while ((await purge(clock(), 0)).left > 0);
    const tookMs = Math.round(performance.now() - at);
    await underLoad(load, effort);
    await load.stop();
    const refused = load.shots.filter(({ status }) => status !== 200).length;
    const left = await database.build((knex) => knex("issued_tokens").where("expires_at", "<=", expired).limit(1));
    if (refused > 0 || left.length > 0)
      throw new Error(`purge: ${refused} were refused, ${left.length > 0 ? "and rows are left" : "no rows are left"}`);
    const kept = new Set(await database.build((knex) => knex("issued_tokens").pluck<string[]>("jti")));
    return { name: `a purge of ${rows} expired tokens while serving`, ...compared(load, kept), recoveredAfterMs: tookMs };
  } finally {
    await polymint.stop();
  }
}
