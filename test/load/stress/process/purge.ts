/** Scenario: a purge of many expired tokens under load. */
import type { Knex } from "knex";
import { longestTokenSeconds } from "../../../../src/engine/client";
import { toEpochDay, getDayEnd, makePartitions, formatPartitionName } from "../../../../src/store/ledger/partitions";
import { makePurge } from "../../../../src/store/ledger/purge";
import { startPolymint, type TestPolymint } from "../../../../src/testkit";
import { until } from "../../../harness/installed-server";
import type { MakePurge } from "./broken-purges";
import { type CallerLoad, startCallerLoad } from "./load";
import {
  compareWithLedger,
  type ScenarioCounts,
  type Effort,
  findCommonFaults,
  type ScenarioFigures,
  fullEffort,
  waitUnderLoad,
} from "./stressed-server";

const insert = `INSERT INTO issued_tokens (jti, dialect, client_id, grant_type, subject, scope, issued_at, expires_at)
  SELECT gen_random_uuid(), 'abbeycross', 'client', 'client_credentials', 'client', '', ?::timestamptz, ?::timestamptz FROM generate_series(1, ?)`;

/** If fewer tokens are given while the purge waits for its lock, the purge blocks requests. */
const enoughGiven = 50;
/** Milliseconds for that; it takes about 50. */
const readForMs = 1_500;

/** What the purge leaves of the expired tokens. */
interface LedgerRemains {
  /** Tokens given while another session read the ledger. */
  givenMeanwhile: number;
  rowsLeft: number;
  bytesLeft: number;
}

/**
 * Purges expired tokens while the server answers and another session reads the ledger, as a backup does. `recoveredAfterMs` is
 * how long the purge took after that session ended. @param rows the number of expired tokens
 */
export async function purgeUnderLoad(rows = 1_000_000, effort: Effort = fullEffort, make: MakePurge = makePurge): Promise<ScenarioFigures> {
  // A long timeout, since a slow machine is not the purge's fault.
  const polymint = await startPolymint({ clock: "real", startAt: Date.UTC(2026, 0, 15, 12), statementTimeoutMs: 60_000 });
  try {
    const { database, clock, clients, url } = polymint;
    const partitions = makePartitions(database);
    const day = toEpochDay(clock() / 1000) - 2;
    await partitions.ensureDay(day);
    const expired = new Date(getDayEnd(day) - 1000);
    await database.runLongTask((knex) => knex.raw(insert, [expired, expired, rows]));
    const body = JSON.stringify({ client_id: clients.abbeycross.clientId, client_secret: clients.abbeycross.secret });
    const load = startCallerLoad({ urls: [url], body, callers: effort.callers });
    await waitUnderLoad(load, effort);
    const purge = make({ database, partitions, longestTokenSeconds });
    const run = async (): Promise<void> => {
      while ((await purge(clock(), 0)).left > 0);
    };
    const { givenMeanwhile, tookMs } = await purgeWhileRead(polymint, load, run);
    await waitUnderLoad(load, effort);
    await load.stop();
    const remains = { givenMeanwhile, ...(await measureRemains(polymint, formatPartitionName(day), expired)) };
    const kept = new Set(await database.build((knex) => knex("issued_tokens").pluck<string[]>("jti")));
    const counted = { name: `a purge of ${rows} expired tokens while serving`, ...compareWithLedger(load, kept), recoveredAfterMs: tookMs };
    return { ...counted, faults: faultsOf(counted, remains) };
  } finally {
    await polymint.stop();
  }
}

/** Purges while a reader holds the ledger, until it is clear whether requests wait for the purge. */
async function purgeWhileRead({ database }: TestPolymint, load: CallerLoad, purge: () => Promise<void>) {
  return database.runLongTask(async (knex) => {
    const reader = await knex.transaction();
    await reader.raw("SELECT 1 FROM issued_tokens LIMIT 1");
    let isOver = false;
    const purging = purge().finally(() => (isOver = true));
    await until("the purge wants the ledger", async () => isOver || (await isLedgerLockWanted(knex)), 30_000);
    const wantedAt = performance.now();
    const given = (): number => load.calls.filter(({ begunAt, status }) => begunAt > wantedAt && status === 200).length;
    await until("tokens are given", () => given() >= enoughGiven, readForMs).catch(() => undefined);
    const givenMeanwhile = given();
    await reader.commit();
    const at = performance.now();
    await purging;
    return { givenMeanwhile, tookMs: Math.round(performance.now() - at) };
  });
}

/** Whether a session waits for an exclusive lock on the ledger. */
async function isLedgerLockWanted(knex: Knex): Promise<boolean> {
  const waiting = knex("pg_locks").where({ mode: "AccessExclusiveLock", granted: false });
  return (await waiting.whereRaw("relation = 'issued_tokens'::regclass").limit(1)).length > 0;
}

async function measureRemains(
  { database }: TestPolymint,
  partition: string,
  expired: Date,
): Promise<Omit<LedgerRemains, "givenMeanwhile">> {
  const { rows } = await database.build((knex) =>
    knex.raw<{ rows: { bytes: string }[] }>("SELECT coalesce(pg_total_relation_size(to_regclass(?)), 0) AS bytes", [partition]),
  );
  const left = await database.build((knex) => knex("issued_tokens").where("expires_at", "<=", expired).limit(1));
  return { rowsLeft: left.length, bytesLeft: Number(rows[0]?.bytes) };
}

function faultsOf(counted: ScenarioCounts, { givenMeanwhile, rowsLeft, bytesLeft }: LedgerRemains): string[] {
  const refused = counted.requests - counted.given;
  return [
    ...findCommonFaults(counted),
    ...(refused > 0 ? [`${refused} were refused`] : []),
    ...(givenMeanwhile < enoughGiven ? [`${givenMeanwhile} tokens were given while the purge waited for a reader`] : []),
    ...(rowsLeft > 0 ? ["expired tokens are left"] : []),
    ...(bytesLeft > 0 ? [`the expired tokens still take ${bytesLeft} bytes`] : []),
  ];
}
