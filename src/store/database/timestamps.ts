/** The moment that many milliseconds after the epoch, as the driver takes it. */
export function toTimestamp(epochMs: number): Date {
  return new Date(epochMs);
}

/** Epoch seconds of a moment as the driver gives it. */
export function toEpochSeconds(moment: Date): number {
  return moment.getTime() / 1000;
}

/** As `epochSeconds`, for a column that may be empty. */
export function toEpochSecondsOrNull(moment: Date | null): number | null {
  return moment === null ? null : toEpochSeconds(moment);
}
