import type { LoginLocks, LoginName } from "../../engine/ports/users";
import type { SecretDigest } from "../../engine/ports/clients";
import type { Database } from "../database";
import { toTimestamp } from "../database/timestamps";

/** This many failed logins in a row lock the user for this long. */
export const failuresBeforeLock = 5;
export const lockSeconds = 30 * 60;
/** Failures are forgotten if none followed for this long, for names of users and for names that no user has alike. */
const forgottenAfterSeconds = 86_400;

export interface LoginLockPorts {
  database: Database;
  /** Only the digest of a name is stored: people may type anything in place of an address, even a password. */
  digest: SecretDigest;
}

export interface LoginLockStore extends LoginLocks {
  /** Ends a lock and forgets the failures. @returns whether the name was locked */
  release(name: LoginName, now: number): Promise<boolean>;
}

/** Each method is one statement on one row. The row's lock puts simultaneous tries in an order, so each counts those before it. */
export function makeLoginLocks({ database, digest }: LoginLockPorts): LoginLockStore {
  const subject = ({ programmeId, email }: LoginName) => digest(`login ${programmeId} ${email.toLowerCase()}`);
  return {
    async isLocked(name, now) {
      const { rowCount } = await database.query(isLockedStatement, [subject(name), toTimestamp(now)]);
      return rowCount === 1;
    },
    async recordFailure(name, userId, now) {
      const until = toTimestamp(now + lockSeconds * 1000);
      const forgotten = toTimestamp(now + forgottenAfterSeconds * 1000);
      const values = [
        subject(name),
        userId ?? null,
        forgotten,
        toTimestamp(now),
        toTimestamp(now),
        toTimestamp(now),
        toTimestamp(now),
        until,
        toTimestamp(now),
      ];
      const { rowCount } = await database.query(failedStatement, values);
      return rowCount === 1 ? "counted" : "locked";
    },
    async recordSuccess(name, now) {
      const { rows } = await database.query<{ locked: boolean }>(succeededStatement, [toTimestamp(now), toTimestamp(now), subject(name)]);
      return rows[0]?.locked === true ? "locked" : "free";
    },
    async release(name, now) {
      const { rows } = await database.query<{ locked: boolean | null }>(releaseStatement, [subject(name), toTimestamp(now)]);
      return rows[0]?.locked === true;
    },
  };
}

/** Makes SQL for whether a user is locked, which takes the current time as its only value. @param userId SQL of the user's id */
export function makeIsLockedSql(userId: string): string {
  return `EXISTS (SELECT 1 FROM login_locks WHERE login_locks.user_id = ${userId} AND locked_until > ?::timestamptz)`;
}

const isLockedStatement = { name: "login_lock", text: "SELECT 1 FROM login_locks WHERE subject = ? AND locked_until > ?" };

/** After a lock has ended, or after the last failure was forgotten, counting starts again. Nothing prolongs a lock in force. */
const failedStatement = {
  name: "login_lock_failed",
  text: `
    INSERT INTO login_locks AS known (subject, user_id, failures, forgotten_at) VALUES (?, ?, 1, ?)
    ON CONFLICT (subject) DO UPDATE SET
      user_id = excluded.user_id,
      failures = CASE WHEN known.locked_until <= ?::timestamptz OR known.forgotten_at <= ?::timestamptz THEN 1 ELSE known.failures + 1 END,
      locked_until = CASE
        WHEN known.locked_until <= ?::timestamptz OR known.forgotten_at <= ?::timestamptz THEN NULL
        WHEN known.failures + 1 >= ${failuresBeforeLock} THEN ?::timestamptz
      END,
      forgotten_at = excluded.forgotten_at
    WHERE known.locked_until IS NULL OR known.locked_until <= ?::timestamptz`,
};

const succeededStatement = {
  name: "login_lock_succeeded",
  text: `
    UPDATE login_locks SET
      failures = CASE WHEN locked_until > ?::timestamptz THEN failures ELSE 0 END,
      locked_until = CASE WHEN locked_until > ?::timestamptz THEN locked_until END
    WHERE subject = ?
    RETURNING locked_until IS NOT NULL AS locked`,
};

const releaseStatement = {
  name: "login_lock_release",
  text: "DELETE FROM login_locks WHERE subject = ? RETURNING locked_until > ?::timestamptz AS locked",
};
