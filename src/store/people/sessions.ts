import type { Sessions } from "../../engine/ports/people";
import type { Database } from "../database";
import { makeCursorTimeSql, type PageRequest } from "../database/page";
import { toEpochSeconds, toTimestamp } from "../database/timestamps";

/** A session ends when it has not been used for this long, or this long after the login. Seconds. */
export const sessionIdleSeconds = 30 * 60;
export const sessionAbsoluteSeconds = 8 * 3600;
/** How far `last_used_at` may lag behind the last use, in seconds, so that not every request writes. */
const touchLagSeconds = 60;

export function makeSessions(database: Database): Sessions {
  return {
    async start(digest, { personId, passwordHash }, now) {
      const times = [toTimestamp(now), toTimestamp(now), toTimestamp(now + sessionAbsoluteSeconds * 1000)];
      const { rowCount } = await database.query(beginStatement, [digest, ...times, personId, passwordHash]);
      return rowCount === 1;
    },
    async use(digest, now) {
      const usedAfter = toTimestamp(now - sessionIdleSeconds * 1000);
      const { rows } = await database.query<SessionRow>(findStatement, [digest, usedAfter, toTimestamp(now)]);
      const [row] = rows;
      if (row === undefined) return undefined;
      if (row.lastUsedAt.getTime() <= now - touchLagSeconds * 1000) await database.query(touchStatement, [toTimestamp(now), digest]);
      const { id, email, firstName, lastName } = row;
      return { digest, person: { id, email, firstName, lastName }, authenticatedAt: row.authTime.getTime() };
    },
    async end(digest) {
      await database.query(endStatement, [digest]);
    },
  };
}

/** A session as an operator sees it. Times are epoch seconds. */
export interface SessionRecord {
  personId: string;
  authenticatedAt: number;
  /** Up to a minute before the last use. */
  lastUsedAt: number;
  /** When it ends at the latest. */
  expiresAt: number;
}

/**
 * Lists the sessions that are alive, the newest login first.
 * @param filter a person whose sessions to list
 * @param now epoch milliseconds
 */
export async function listSessions(
  database: Database,
  { personId, limit, after }: { personId?: string } & PageRequest,
  now: number,
): Promise<(SessionRecord & { cursor: string })[]> {
  const rows = await database.runLongTask(async (knex) => {
    const query = knex<SessionColumns>("sessions")
      .select<(SessionColumns & { cursor: string })[]>(
        "*",
        knex.raw<string>(`${makeCursorTimeSql("auth_time")} || ',' || md5(digest) AS cursor`),
      )
      .where("expires_at", ">", toTimestamp(now))
      .where("last_used_at", ">", toTimestamp(now - sessionIdleSeconds * 1000))
      .orderByRaw("auth_time DESC, md5(digest) DESC")
      .limit(limit);
    if (personId !== undefined) query.where("person_id", personId);
    if (after !== undefined) query.whereRaw("(auth_time, md5(digest)) < (?::timestamptz, ?)", after.split(","));
    return query;
  });
  return rows.map((row) => ({ ...toSessionRecord(row), cursor: row.cursor }));
}

/** Ends every session of a person. @param now epoch milliseconds @returns those that were alive */
export async function endSessions(database: Database, personId: string, now: number): Promise<SessionRecord[]> {
  const rows = await database.build((knex) => knex<SessionColumns>("sessions").where("person_id", personId).delete().returning("*"));
  const isAlive = (row: SessionColumns): boolean =>
    row.expires_at.getTime() > now && row.last_used_at.getTime() > now - sessionIdleSeconds * 1000;
  return rows.filter(isAlive).map(toSessionRecord);
}

interface SessionColumns {
  person_id: string;
  auth_time: Date;
  last_used_at: Date;
  expires_at: Date;
}

function toSessionRecord({ person_id, auth_time, last_used_at, expires_at }: SessionColumns): SessionRecord {
  return {
    personId: person_id,
    authenticatedAt: Math.floor(toEpochSeconds(auth_time)),
    lastUsedAt: Math.floor(toEpochSeconds(last_used_at)),
    expiresAt: Math.floor(toEpochSeconds(expires_at)),
  };
}

interface SessionRow {
  id: string;
  email: string;
  firstName: string;
  lastName: string;
  authTime: Date;
  lastUsedAt: Date;
}

/**
 * Locks the person's row, so that a change of the password or the status either comes first and is seen here, or waits, and
 * then ends this session as well.
 */
const beginStatement = {
  name: "session_begin",
  text: `
    INSERT INTO sessions (digest, person_id, auth_time, last_used_at, expires_at)
    SELECT ?::bytea, id, ?::timestamptz, ?::timestamptz, ?::timestamptz FROM people
    WHERE id = ? AND password_hash = ? AND status = 'active'
    FOR SHARE`,
};

const findStatement = {
  name: "session_find",
  text: `
    SELECT p.id, p.email, p.first_name AS "firstName", p.last_name AS "lastName",
      s.auth_time AS "authTime", s.last_used_at AS "lastUsedAt"
    FROM sessions s JOIN people p ON p.id = s.person_id
    WHERE s.digest = ? AND s.last_used_at > ? AND s.expires_at > ? AND p.status = 'active'`,
};

/** Never moves the time backwards, even if the clocks of servers disagree. */
const touchStatement = {
  name: "session_note",
  text: "UPDATE sessions SET last_used_at = greatest(last_used_at, ?::timestamptz) WHERE digest = ?",
};

const endStatement = { name: "session_end", text: "DELETE FROM sessions WHERE digest = ?" };
