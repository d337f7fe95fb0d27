import { authTokenWindowSeconds } from "../programmes/auth-tokens";
import type { Database } from "../database";
import { toTimestamp } from "../database/timestamps";

/** Rows deleted by one statement; other servers skip the rows it holds. */
const chunkRows = 1000;
/**
 * Servers' clocks may disagree; what expired less than this ago stays. So does what was spent: as long as a code could have
 * been used, a second use of it is recognised.
 */
const clockMarginSeconds = 5 * 60;

/** Long enough to look into what somebody noticed; strangers decide how many there are. */
const refusalsKeptSeconds = 7 * 86_400;
/** A year, and the time to look back at it. */
const changesKeptSeconds = 400 * 86_400;

/** A table whose rows are of no use some time after the moment in one of their columns. */
interface ExpiringTable {
  table: string;
  key: string;
  column: string;
  /** Seconds that a row is still needed for after that moment. */
  needed?: number;
}

/** Rows removed, by what they were. */
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
  /** With their refresh tokens. */
  tokenFamilies: number;
}

/** @param longestTokenSeconds a family says whether its access tokens are revoked, for as long as the last of them may live */
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
    tokenFamilies: { table: "token_families", key: "id", column: "expires_at", needed: longestTokenSeconds },
  };
}

/** @param now epoch milliseconds */
export async function purgeRows(database: Database, now: number, longestTokenSeconds: number): Promise<PurgedRows> {
  const purged: Partial<PurgedRows> = {};
  for (const [name, perishable] of Object.entries(listExpiringTables(longestTokenSeconds))) {
    purged[name as keyof PurgedRows] = await deleteInChunks(database, perishable, now);
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
