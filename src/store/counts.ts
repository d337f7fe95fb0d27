import type { Attempts } from "../engine/ports/counts";
import type { Database } from "./database";
import { toTimestamp } from "./database/timestamps";

/** Counts failures in fixed windows. A window begins with the first failure after the previous window has ended. */
export function makeDatabaseCounts(database: Database): Attempts {
  return {
    async findBlockedSeconds(subject, { failures, windowSeconds }, now) {
      const { rows } = await database.query<{ endsAt: Date }>(blockedStatement, [subject, failures, toTimestamp(now)]);
      const [block] = rows;
      // A clock that was set back must not make the block last longer.
      return block === undefined ? 0 : Math.min(windowSeconds, Math.ceil((block.endsAt.getTime() - now) / 1000));
    },
    async add(subject, { windowSeconds }, now, times = 1) {
      const values = [subject, times, toTimestamp(now + windowSeconds * 1000), toTimestamp(now), toTimestamp(now)];
      const { rows } = await database.query<{ failures: number }>(failedStatement, values);
      const [counted] = rows;
      if (counted === undefined) throw new Error("The upsert of a count returned no row.");
      return counted.failures;
    },
    async takeBack(subject) {
      await database.query(takeBackStatement, [subject]);
    },
    async forget(subject) {
      await database.query(succeededStatement, [subject]);
    },
  };
}

const blockedStatement = {
  name: "attempts_blocked",
  text: `SELECT window_ends_at AS "endsAt" FROM attempts WHERE subject = ? AND failures >= ? AND window_ends_at > ?`,
};

const failedStatement = {
  name: "attempts_failed",
  text: `
    INSERT INTO attempts AS known (subject, failures, window_ends_at) VALUES (?, ?, ?)
    ON CONFLICT (subject) DO UPDATE SET
      failures = CASE WHEN known.window_ends_at <= ?::timestamptz THEN excluded.failures ELSE known.failures + excluded.failures END,
      window_ends_at = CASE WHEN known.window_ends_at <= ?::timestamptz THEN excluded.window_ends_at ELSE known.window_ends_at END
    RETURNING failures`,
};

const takeBackStatement = {
  name: "attempts_take_back",
  text: "UPDATE attempts SET failures = failures - 1 WHERE subject = ? AND failures > 0",
};

const succeededStatement = { name: "attempts_succeeded", text: "DELETE FROM attempts WHERE subject = ?" };
