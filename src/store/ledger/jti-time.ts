import { longestTokenSeconds } from "../../engine/client";
import { toTimestamp } from "../database/timestamps";

/** Makes the smallest UUIDv7 of a millisecond (RFC 9562 §5.7). @param epochMs epoch milliseconds */
export function makeFirstJti(epochMs: number): string {
  const hex = epochMs.toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

/** For a clock that was set, and a request that took long. */
const marginMs = 5 * 60_000;

/**
 * Tells when a token can expire, from when its jti says that it was made: PostgreSQL then looks only into the partitions of those days.
 * @param jti a UUID; one of another version tells no time, so that any time is possible
 */
export function findExpiryBounds(jti: string): readonly [from: Date | string, to: Date | string] {
  if (jti.charAt(14) !== "7") return ["-infinity", "infinity"];
  const madeAt = Number.parseInt(jti.slice(0, 8) + jti.slice(9, 13), 16);
  return [toTimestamp(madeAt - marginMs), toTimestamp(madeAt + longestTokenSeconds * 1000 + marginMs)];
}
