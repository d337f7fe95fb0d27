import { authTokenWindowSeconds } from "../programmes/auth-tokens";
import type { Database, Statement } from "../database";
import { toTimestamp } from "../database/timestamps";

/** Rows that one statement deletes. Other servers skip the rows that it has locked. */
const chunkRows = 1000;
/**
 * Rows stay for this long after they expired, because the clocks of servers may disagree. Spent rows stay too: a second
 * use of a code is recognised for as long as the code could have been used.
 */
const clockMarginSeconds = 5 * 60;

/** Long enough to investigate an incident. Not longer, because anyone who can send requests decides how many rows there are. */
const refusalsKeptSeconds = 7 * 86_400;
/** A year, and the time to review it. */
const changesKeptSeconds = 400 * 86_400;

/** A table whose rows are no longer needed some time after the time in one of their columns. */
interface ExpiringTable {
  table: string;
  column: string;
  /** Seconds that a row is still needed after that time; 0 by default. */
  needed?: number;
}

/** How many rows were deleted, by what they hold. */
export interface PurgedRows {
  assertions: number;
  authTokens: number;
  deviceCodes: number;
  authorizationCodes: number;
  oneTimeTokens: number;
  otpChallenges: number;
  sessions: number;
  attempts: number;
  loginLocks: number;
  auditedRefusals: number;
  auditedChanges: number;
  tokenExchanges: number;
  /** A loss that no operator has acknowledged stays. */
  lostTokens: number;
  tokenCutoffs: number;
  /** Their refresh tokens are deleted with them. */
  tokenFamilies: number;
}

/** A family or a cutoff stays until its last access token has expired, because it says whether that token is revoked. */
function listExpiringTables(longestTokenSeconds: number): Record<keyof PurgedRows, ExpiringTable> {
  return {
    assertions: { table: "used_assertions", column: "expires_at" },
    authTokens: { table: "auth_tokens", column: "last_used_at", needed: authTokenWindowSeconds },
    deviceCodes: { table: "device_codes", column: "expires_at" },
    authorizationCodes: { table: "authorization_codes", column: "expires_at" },
    oneTimeTokens: { table: "one_time_tokens", column: "expires_at" },
    otpChallenges: { table: "otp_challenges", column: "expires_at" },
    sessions: { table: "sessions", column: "expires_at" },
    attempts: { table: "attempts", column: "window_ends_at" },
    loginLocks: { table: "login_locks", column: "forgotten_at" },
    auditedRefusals: { table: "audit_refusals", column: "at", needed: refusalsKeptSeconds },
    auditedChanges: { table: "audit_changes", column: "at", needed: changesKeptSeconds },
    tokenExchanges: { table: "token_exchanges", column: "expires_at" },
    lostTokens: { table: "lost_tokens", column: "kept_until" },
    tokenCutoffs: { table: "token_cutoffs", column: "until", needed: longestTokenSeconds },
    tokenFamilies: { table: "token_families", column: "expires_at", needed: longestTokenSeconds },
  };
}

/**
 * Deletes the rows that are no longer needed.
 * @param now epoch milliseconds
 * @param longestTokenSeconds the longest life of any token
 */
export async function purgeRows(database: Database, now: number, longestTokenSeconds: number): Promise<PurgedRows> {
  const purged: Partial<PurgedRows> = {};
  for (const [name, table] of Object.entries(listExpiringTables(longestTokenSeconds))) {
    purged[name as keyof PurgedRows] = await deleteInChunks(database, table, now);
  }
  return purged as PurgedRows;
}

/**
 * Each chunk begins at the time at which the one before it ended. Otherwise it would pass over all the rows that this purge has
 * deleted, which stay where they were until VACUUM: the whole purge would take the square of its rows. The time goes out and in
 * as text, which has its microseconds.
 */
async function deleteInChunks(database: Database, { table, column, needed = 0 }: ExpiringTable, now: number): Promise<number> {
  const statement = makeDeleteStatement(table, column);
  const latest = toTimestamp(now - (clockMarginSeconds + needed) * 1000);
  let deleted = 0;
  for (let from = "-infinity"; ;) {
    const { rows } = await database.query<{ count: number; last: string }>(statement, [from, latest, latest]);
    const [{ count, last } = { count: 0, last: from }] = rows;
    deleted += count;
    if (count < chunkRows) return deleted;
    from = last;
  }
}

/**
 * By the places of the rows, which the array has once and for all: PostgreSQL may run a subquery again for each row that it compares
 * with, and would delete more than a chunk. The outer condition says again what may be deleted, so that on an engine with
 * several tables behind this one, where a place is not unique, no other row can be. `IS TRUE` keeps it from the index, which old
 * statistics may make look better than the places.
 */
function makeDeleteStatement(table: string, column: string): Statement {
  return {
    name: `purge_${table}`,
    text: `
      WITH deleted AS (
        DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
          SELECT ctid FROM ${table} WHERE ${column} >= ?::timestamptz AND ${column} < ?
          ORDER BY ${column} LIMIT ${chunkRows} FOR UPDATE SKIP LOCKED
        )) AND (${column} < ?) IS TRUE RETURNING ${column} AS at
      )
      SELECT count(*)::integer AS count, max(at)::text AS last FROM deleted`,
  };
}
