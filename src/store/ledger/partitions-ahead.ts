import { toEpochDay, getDayEnd, type EpochDay } from "./partitions";

/** With fewer than this ahead, somebody should look why, while there is still time. */
export const fewPartitions = 3;

/**
 * For how many days after today the ledger is ready, without a gap.
 * @param days that have a partition
 * @param now epoch milliseconds
 */
export function countPartitionsAhead(days: readonly EpochDay[], now: number): number {
  const made = new Set(days);
  const today = toEpochDay(now / 1000);
  let ahead = 0;
  while (made.has(today + ahead + 1)) ahead += 1;
  return ahead;
}

/**
 * Those of them that are over, with the seconds that expired tokens stay: nobody needs them any more.
 * @param now epoch milliseconds
 */
export function findExpiredPartitions(days: readonly EpochDay[], now: number, retentionSeconds: number): EpochDay[] {
  return days.filter((day) => getDayEnd(day) + retentionSeconds * 1000 <= now);
}
