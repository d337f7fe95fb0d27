import type { Database, Queryable } from "../database";
import { toEpochSeconds, toTimestamp } from "../database/timestamps";
import type { AnsweredToken } from "./answered-tokens";

/** Tokens per statement: a thousandth of a second of the database's time each, and far below the limit on statements. */
const batchTokens = 256;

/** What was lost at one contract. Times are epoch seconds. */
export interface Loss {
  contract: string;
  tokens: number;
  clients: number;
  firstIssuedAt: number;
  lastIssuedAt: number;
}

/** Rolls a look back that was to change nothing; never leaves this file. */
class OnlyLookedError extends Error {}

export interface LookResult {
  /** Those that the ledger does not have. */
  missing: AnsweredToken[];
  /** Where was looked, as `readPlace` says it. */
  place: string | undefined;
}

export interface LookOptions {
  /** Epoch milliseconds. */
  now: number;
  /** Writes what is missing to the table of lost tokens, with one commit. */
  write: boolean;
  /** Whether the database tells its place. */
  hasPlace: boolean;
}

/**
 * Looks for tokens in the ledger, all of them on one connection. Each statement looks and writes at once, so a standby refuses
 * it: what a standby does not have yet is never taken for lost. And with synchronous replication a server that was replaced
 * without its knowledge cannot commit what it misses.
 * @throws Unavailable, then nothing was written, or all of it
 */
export async function lookForTokens(database: Database, tokens: readonly AnsweredToken[], options: LookOptions): Promise<LookResult> {
  const { now, write, hasPlace } = options;
  const result: LookResult = { missing: [], place: undefined };
  const work = async (within: Queryable): Promise<void> => {
    result.place = hasPlace ? await readPlace(within) : undefined;
    result.missing = [];
    for (let from = 0; from < tokens.length; from += batchTokens)
      result.missing.push(...(await lookForBatch(within, tokens.slice(from, from + batchTokens), now)));
    if (!write) throw new OnlyLookedError("only looked");
  };
  try {
    await database.transact(work);
  } catch (thrown) {
    if (!(thrown instanceof OnlyLookedError)) throw thrown;
  }
  return result;
}

async function lookForBatch(within: Queryable, batch: readonly AnsweredToken[], now: number): Promise<AnsweredToken[]> {
  const ends = batch.map(({ expiresAt }) => toTimestamp(expiresAt * 1000));
  const { rows } = await within.query<{ jti: string }>(lookStatement, [
    toTimestamp(now),
    batch.map(({ jti }) => jti),
    batch.map(({ issuedAt }) => toTimestamp(issuedAt * 1000)),
    ends,
    batch.map(({ contract }) => contract),
    batch.map(({ clientId }) => clientId),
    ends,
  ]);
  const missing = new Set(rows.map(({ jti }) => jti));
  return batch.filter(({ jti }) => missing.has(jti));
}

/**
 * `LIMIT` and `ANY` keep PostgreSQL from reading more than the partitions of these tokens, as in `finder.ts`. A row that is there
 * already is returned too: the commit of an earlier look may have succeeded without an answer.
 */
const lookStatement = {
  name: "lost_tokens_look",
  text: `
    INSERT INTO lost_tokens (found_at, jti, issued_at, expires_at, dialect, client_id)
    SELECT ?::timestamptz, asked.*
    FROM unnest(?::uuid[], ?::timestamptz[], ?::timestamptz[], ?::text[], ?::text[])
      AS asked (jti, issued_at, expires_at, dialect, client_id)
    LEFT JOIN LATERAL (
      SELECT true AS found FROM issued_tokens
      WHERE issued_tokens.expires_at = asked.expires_at AND issued_tokens.jti = asked.jti
        AND issued_tokens.expires_at = ANY (?::timestamptz[])
      LIMIT 1
    ) kept ON true
    WHERE kept.found IS NULL
    ON CONFLICT (jti) DO UPDATE SET expires_at = excluded.expires_at
    RETURNING jti`,
};

/**
 * Reads what tells one database from every other that may stand at the same address: when its server was started, and the
 * identity of the table. A promoted standby has another start, a restored dump another table. Unlike the timeline, both are told
 * to every role and by every managed service.
 * @throws Error if the database does not tell, Unavailable
 */
export async function readPlace(within: Queryable): Promise<string> {
  const { rows } = await within.query<{ place: string }>(placeStatement, []);
  return rows[0]?.place ?? "";
}

const placeStatement = {
  name: "lost_tokens_place",
  text: "SELECT extract(epoch FROM pg_postmaster_start_time())::text || ' ' || 'issued_tokens'::regclass::oid::text AS place",
};

/** What the losses that no operator has acknowledged come to, by contract. */
export async function readLosses(within: Queryable): Promise<Loss[]> {
  return (await within.query<LossRow>(lossesStatement, [])).rows.map(toLoss);
}

/**
 * Acknowledges every loss that was found so far.
 * @param now epoch milliseconds
 * @returns what was acknowledged, by contract
 */
export async function acknowledgeLosses(within: Queryable, now: number): Promise<Loss[]> {
  return (await within.query<LossRow>(acknowledgeStatement, [toTimestamp(now)])).rows.map(toLoss);
}

type LossRow = Omit<Loss, "firstIssuedAt" | "lastIssuedAt"> & { first: Date; last: Date };

function toLoss({ first, last, ...counts }: LossRow): Loss {
  return { ...counts, firstIssuedAt: toEpochSeconds(first), lastIssuedAt: toEpochSeconds(last) };
}

const sumSql = `
  SELECT dialect AS contract, count(*)::integer AS tokens, count(DISTINCT client_id)::integer AS clients,
    min(issued_at) AS first, max(issued_at) AS last`;

const lossesStatement = {
  name: "lost_tokens_sum",
  text: `${sumSql} FROM lost_tokens WHERE acknowledged_at IS NULL GROUP BY dialect ORDER BY dialect`,
};

const acknowledgeStatement = {
  name: "lost_tokens_acknowledge",
  text: `
    WITH acknowledged AS (UPDATE lost_tokens SET acknowledged_at = ?, kept_until = expires_at WHERE acknowledged_at IS NULL RETURNING *)
    ${sumSql} FROM acknowledged GROUP BY dialect ORDER BY dialect`,
};
