import { getDayEnd, formatPartitionName } from "../../../../src/store/ledger/partitions";
import type { PurgePorts } from "../../../../src/store/ledger/purge";

/** As much of a purge as its scenario needs. */
export type MakePurge = (ports: PurgePorts) => (now: number, retentionSeconds: number) => Promise<{ left: number }>;

/** What a purge must not be: the rows are gone, and the room they took is not given back. */
export const makeDeletingPurge: MakePurge = ({ database }) => {
  const statement = { name: "broken_purge", text: "DELETE FROM issued_tokens WHERE expires_at <= ?::timestamptz" };
  return async (now, retentionSeconds) => {
    await database.query(statement, [new Date(now - retentionSeconds * 1000)]);
    return { left: 0 };
  };
};

/** What a purge must not be: it waits for its lock for as long as it takes, and all who write tokens stand in line behind it. */
export const makePatientPurge: MakePurge = ({ database, partitions }) => {
  return async (now, retentionSeconds) => {
    const expired = (await partitions.listDays()).filter((day) => getDayEnd(day) + retentionSeconds * 1000 <= now);
    for (const day of expired) await database.build((knex) => knex.raw(`DROP TABLE ${formatPartitionName(day)}`));
    return { left: 0 };
  };
};
