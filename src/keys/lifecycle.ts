import type { SigningAlgorithm } from "../engine/types";
import type { SigningKeyRow } from "./signing-key";

export type KeyState = "next" | "active" | "retired" | "expired";

/** How long things last in a key's life, in seconds. */
export interface KeyTimes {
  /** Longest life any token may have: a retired key stays published this long after its successor took over. */
  longestTokenSeconds: number;
}

/** Allowance for servers that learn of a new key a little late, and for their clocks. */
const slackSeconds = 60;

/**
 * Where each key stands at a moment. Derived from times alone, so all servers on one database agree without telling each
 * other: published before it signs, signing from `activeFrom`, published until its last token has expired.
 * @param now epoch milliseconds
 */
export function statesAt(rows: readonly SigningKeyRow[], now: number, times: KeyTimes): Map<string, KeyState> {
  return new Map(rows.map((row) => [row.kid, stateOf(row, rows, now / 1000, times)]));
}

function stateOf(row: SigningKeyRow, rows: readonly SigningKeyRow[], now: number, times: KeyTimes): KeyState {
  if (row.activeFrom > now) return "next";
  const end = endOf(row, rows, times);
  if (end === undefined || end.retiresAt > now) return "active";
  return end.expiresAt > now ? "retired" : "expired";
}

/** How a key ends. Epoch seconds. */
export interface KeyEnd {
  /** When its first successor takes over. */
  retiresAt: number;
  /** When no token it signed can be alive any more, and it is no longer published. */
  expiresAt: number;
}

/** @returns undefined while no successor is there, signing or waiting */
export function endOf(row: SigningKeyRow, rows: readonly SigningKeyRow[], times: KeyTimes): KeyEnd | undefined {
  const successors = rows.filter((other) => other.algorithm === row.algorithm && other.generation > row.generation);
  if (successors.length === 0) return undefined;
  const retiresAt = Math.min(...successors.map((other) => other.activeFrom));
  return { retiresAt, expiresAt: retiresAt + times.longestTokenSeconds + slackSeconds };
}

/** The generation a new key of this algorithm gets. */
export function nextGeneration(rows: readonly SigningKeyRow[], algorithm: SigningAlgorithm): number {
  return 1 + Math.max(0, ...rows.filter((row) => row.algorithm === algorithm).map((row) => row.generation));
}
