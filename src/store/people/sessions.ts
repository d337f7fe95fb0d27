import type { Sessions } from "../../engine/ports/people";
import type { Database } from "../database";
import { toTimestamp } from "../database/timestamps";

/** A session ends when it has not been used for this long, or this long after the login. Seconds. */
export const sessionIdleSeconds = 30 * 60;
export const sessionAbsoluteSeconds = 8 * 3600;
/** How far `last_used_at` may lag behind the last use, in seconds, so that not every request writes. */
const touchLagSeconds = 60;

export function makeSessions(database: Database): Sessions {
  return {
    async start(digest, personId, now) {
      await database.query(beginStatement, [
        digest,
        personId,
        toTimestamp(now),
        toTimestamp(now),
        toTimestamp(now + sessionAbsoluteSeconds * 1000),
      ]);
    },
    async use(digest, now) {
      const usedAfter = toTimestamp(now - sessionIdleSeconds * 1000);
      const { rows } = await database.query<SessionRow>(findStatement, [digest, usedAfter, toTimestamp(now)]);
      const [row] = rows;
      if (row === undefined) return undefined;
      if (row.lastUsedAt.getTime() <= now - touchLagSeconds * 1000) await database.query(touchStatement, [toTimestamp(now), digest]);
      const { id, email, firstName, lastName } = row;
      return { person: { id, email, firstName, lastName }, authenticatedAt: row.authTime.getTime() };
    },
    async end(digest) {
      await database.query(endStatement, [digest]);
    },
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

const beginStatement = {
  name: "session_begin",
  text: "INSERT INTO sessions (digest, person_id, auth_time, last_used_at, expires_at) VALUES (?, ?, ?, ?, ?)",
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
