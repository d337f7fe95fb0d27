import type { DeviceCodes, DevicePoll, PendingDevice } from "../../engine/ports/codes";
import type { Database } from "../database";
import type { Part } from "../database/parts";
import { toEpochSeconds, toTimestamp } from "../database/timestamps";

export function makeDeviceCodes(database: Database): DeviceCodes {
  return {
    async create({ digest, userCode, clientId, scope, intervalSeconds, expiresAt }, now) {
      const values = [digest, userCode, clientId, scope.join(" "), intervalSeconds, toTimestamp(now), toTimestamp(expiresAt * 1000)];
      const { rowCount } = await database.query(beginStatement, values);
      return rowCount === 1;
    },
    async poll(digest, clientId, now) {
      const at = toTimestamp(now);
      const { rows } = await database.query<PollRow>(pollStatement, [at, at, at, at, at, digest, clientId]);
      return rows[0] && toPoll(rows[0]);
    },
    async findPending(userCode, now) {
      const { rows } = await database.query<PendingRow>(pendingStatement, [userCode, toTimestamp(now)]);
      return rows[0] && toPendingDevice(rows[0]);
    },
    async decide(userCode, { approved, personId, session, authTime, scope }, now) {
      const status = approved ? "approved" : "denied";
      const values = [session, personId, status, toTimestamp(authTime * 1000), scope.join(" "), userCode, toTimestamp(now)];
      const { rowCount } = await database.query(decideStatement, values);
      return rowCount === 1;
    },
  };
}

/** Spends a code, unless it is unknown, not approved, or was spent before. */
export function makeSpendDeviceCode(digest: Buffer, at: Date): Part {
  return { name: "spent", sql: spendSql, values: [at, digest] };
}

type PollRow = {
  spentAt: Date | null;
  tooEarly: boolean;
  scope: string;
  expiresAt: Date;
} & ({ status: "pending" | "denied" } | { status: "approved"; personId: string; authTime: Date });

interface PendingRow {
  clientId: string;
  scope: string;
}

function toPoll(row: PollRow): DevicePoll {
  const poll = { tooEarly: row.tooEarly, scope: parseScope(row.scope), expiresAt: toEpochSeconds(row.expiresAt) };
  if (row.spentAt !== null) return { ...poll, state: "collected" };
  if (row.status !== "approved") return { ...poll, state: row.status };
  return { ...poll, state: "approved", personId: row.personId, authTime: toEpochSeconds(row.authTime) };
}

function toPendingDevice({ clientId, scope }: PendingRow): PendingDevice {
  return { clientId, scope: parseScope(scope) };
}

function parseScope(text: string): string[] {
  return text === "" ? [] : text.split(" ");
}

const beginStatement = {
  name: "device_code_begin",
  text: `
    INSERT INTO device_codes (digest, user_code, client_id, scope, interval_seconds, created_at, expires_at)
    VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (user_code) DO NOTHING`,
};

/** SQL for whether a poll comes too early; takes the current time twice. */
const tooEarly = `(status = 'pending' AND expires_at > ?::timestamptz
        AND coalesce(last_polled_at + interval_seconds * interval '1 second' > ?::timestamptz, false))`;

/**
 * The right-hand sides see the row as it was before this statement. A simultaneous poll waits for the row and sees it as
 * this statement left it. So every poll is judged against the one before it, whichever servers they come to. Only pending
 * devices are slowed down (RFC 8628 §3.5).
 */
const pollStatement = {
  name: "device_code_poll",
  text: `
    UPDATE device_codes SET
      polled_too_early = ${tooEarly},
      interval_seconds = interval_seconds + CASE WHEN ${tooEarly} THEN 5 ELSE 0 END,
      last_polled_at = CASE WHEN status = 'pending' THEN greatest(last_polled_at, ?::timestamptz) ELSE last_polled_at END
    WHERE digest = ? AND client_id = ?
    RETURNING status, spent_at AS "spentAt", polled_too_early AS "tooEarly", scope, expires_at AS "expiresAt",
      person_id AS "personId", auth_time AS "authTime"`,
};

const pendingStatement = {
  name: "device_code_pending",
  text: `SELECT client_id AS "clientId", scope FROM device_codes WHERE user_code = ? AND status = 'pending' AND expires_at > ?`,
};

/**
 * Locks the session, so that whatever ends it either comes first and is seen here, or waits, and then finds this approval.
 */
const decideStatement = {
  name: "device_code_decide",
  text: `
    WITH session AS (SELECT person_id FROM sessions WHERE digest = ? AND person_id = ? FOR KEY SHARE)
    UPDATE device_codes SET status = ?, person_id = session.person_id, auth_time = ?, scope = ?
    FROM session
    WHERE user_code = ? AND status = 'pending' AND expires_at > ?`,
};

const spendSql = `
  UPDATE device_codes SET spent_at = ?::timestamptz WHERE digest = ? AND spent_at IS NULL AND status = 'approved' RETURNING 1`;
