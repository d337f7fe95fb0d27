import { InvalidArgumentError } from "commander";

/** A time in epoch milliseconds, or that many milliseconds before now. */
export type GivenTime = { at: number } | { agoMs: number };

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Parses an ISO 8601 time, or how long ago. */
export function parseTime(value: string): GivenTime {
  const [, count, unit = ""] = /^(\d{1,6})([smhd])$/.exec(value) ?? [];
  if (count !== undefined) return { agoMs: Number(count) * (units[unit] ?? 0) };
  const at = /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) throw new InvalidArgumentError("It is a time like 2026-01-31T12:00:00Z, or how long ago, like 15m.");
  return { at };
}

/** @param now epoch milliseconds @returns epoch milliseconds */
export function toEpochMs(time: GivenTime, now: number): number {
  return "at" in time ? time.at : now - time.agoMs;
}
