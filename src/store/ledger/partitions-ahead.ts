import { toEpochDay, getDayEnd, type EpochDay } from "./partitions";

/** With fewer partitions ahead than this, the operator is warned while there is still time to act. */
export const fewPartitions = 3;

/**
 * Counts the days after today that have a partition, up to the first gap.
 * @param days the days that have a partition
 * @param now epoch milliseconds
 */
export function countPartitionsAhead(days: readonly EpochDay[], now: number): number {
  const existing = new Set(days);
  const today = toEpochDay(now / 1000);
  let ahead = 0;
  while (existing.has(today + ahead + 1)) ahead += 1;
  return ahead;
}

/**
 * Finds the days whose partitions can be dropped.
 * @param days the days that have a partition
 * @param now epoch milliseconds
 * @param retentionSeconds how long tokens stay in the ledger after they expired
 */
export function findExpiredPartitions(days: readonly EpochDay[], now: number, retentionSeconds: number): EpochDay[] {
  return days.filter((day) => getDayEnd(day) + retentionSeconds * 1000 <= now);
}
