/** Broken purges, which the purge scenario must catch. */
import { getDayEnd, formatPartitionName } from "../../../../src/store/ledger/partitions";
import type { PurgePorts } from "../../../../src/store/ledger/purge";

/** The part of a purge that the scenario needs. */
export type MakePurge = (ports: PurgePorts) => (now: number, retentionSeconds: number) => Promise<{ left: number }>;

/** Deletes rows, and does not return their disk space. */
export const makeDeletingPurge: MakePurge = ({ database }) => {
  const statement = { name: "broken_purge", text: "DELETE FROM issued_tokens WHERE expires_at <= ?::timestamptz" };
  return async (now, retentionSeconds) => {
    await database.query(statement, [new Date(now - retentionSeconds * 1000)]);
    return { left: 0 };
  };
};

/** Waits for its lock without a limit, and all writers of tokens queue behind it. */
export const makePatientPurge: MakePurge = ({ database, partitions }) => {
  return async (now, retentionSeconds) => {
    const expired = (await partitions.listDays()).filter((day) => getDayEnd(day) + retentionSeconds * 1000 <= now);
    for (const day of expired) await database.build((knex) => knex.raw(`DROP TABLE ${formatPartitionName(day)}`));
    return { left: 0 };
  };
};
