/** Converts epoch milliseconds to the value that the driver stores in a `timestamptz` column. */
export function toTimestamp(epochMs: number): Date {
  return new Date(epochMs);
}

/** Converts the driver's value of a `timestamptz` column to epoch seconds. */
export function toEpochSeconds(timestamp: Date): number {
  return timestamp.getTime() / 1000;
}

/** As `toEpochSeconds`, for a column that may be null. */
export function toEpochSecondsOrNull(timestamp: Date | null): number | null {
  return timestamp === null ? null : toEpochSeconds(timestamp);
}
