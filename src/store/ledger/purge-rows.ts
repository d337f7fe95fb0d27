import { authTokenWindowSeconds } from "../programmes/auth-tokens";
import type { Database } from "../database";
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
  key: string;
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
  tokenCutoffs: number;
  /** Their refresh tokens are deleted with them. */
  tokenFamilies: number;
}

/** A family or a cutoff stays until its last access token has expired, because it says whether that token is revoked. */
function listExpiringTables(longestTokenSeconds: number): Record<keyof PurgedRows, ExpiringTable> {
  return {
    assertions: { table: "used_assertions", key: "client_id, jti", column: "expires_at" },
    authTokens: { table: "auth_tokens", key: "digest", column: "last_used_at", needed: authTokenWindowSeconds },
    deviceCodes: { table: "device_codes", key: "digest", column: "expires_at" },
    authorizationCodes: { table: "authorization_codes", key: "digest", column: "expires_at" },
    oneTimeTokens: { table: "one_time_tokens", key: "digest", column: "expires_at" },
    otpChallenges: { table: "otp_challenges", key: "id", column: "expires_at" },
    sessions: { table: "sessions", key: "digest", column: "expires_at" },
    attempts: { table: "attempts", key: "subject", column: "window_ends_at" },
    loginLocks: { table: "login_locks", key: "subject", column: "forgotten_at" },
    auditedRefusals: { table: "audit_refusals", key: "id", column: "at", needed: refusalsKeptSeconds },
    auditedChanges: { table: "audit_changes", key: "id", column: "at", needed: changesKeptSeconds },
    tokenExchanges: { table: "token_exchanges", key: "child", column: "expires_at" },
    tokenCutoffs: { table: "token_cutoffs", key: "kind, id", column: "until", needed: longestTokenSeconds },
    tokenFamilies: { table: "token_families", key: "id", column: "expires_at", needed: longestTokenSeconds },
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

async function deleteInChunks(database: Database, { table, key, column, needed = 0 }: ExpiringTable, now: number): Promise<number> {
  const statement = {
    name: `purge_${table}`,
    text: `DELETE FROM ${table} WHERE (${key}) IN (
      SELECT ${key} FROM ${table} WHERE ${column} < ? LIMIT ${chunkRows} FOR UPDATE SKIP LOCKED)`,
  };
  const latest = toTimestamp(now - (clockMarginSeconds + needed) * 1000);
  for (let deleted = 0; ;) {
    const { rowCount } = await database.query(statement, [latest]);
    deleted += rowCount;
    if (rowCount < chunkRows) return deleted;
  }
}
