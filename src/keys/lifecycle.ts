import type { SigningAlgorithm } from "../engine/client";
import type { SigningKeyRow } from "./signing-key";

export const keyStates = ["next", "active", "retired", "expired", "withdrawn"] as const;
export type KeyState = (typeof keyStates)[number];

/** How long things last in a key's life, in seconds. */
export interface KeyTimes {
  /** Longest life any token may have: a retired key stays published this long after its successor took over. */
  longestTokenSeconds: number;
}

/** Allowance for servers that learn of a new key a little late, and for their clocks. */
const slackSeconds = 60;

/**
 * Where each key stands at a moment. Derived from times alone, so all servers on one database agree without telling each
 * other: published before it signs, signing from `activeFrom`, published until its last token has expired. A withdrawn key
 * is out of all that, whatever a server's clock says; where none is left to sign, the next one signs before its time.
 * @param now epoch milliseconds
 */
export function deriveKeyStates(rows: readonly SigningKeyRow[], now: number, times: KeyTimes): Map<string, KeyState> {
  const states = new Map(rows.map((row) => [row.kid, deriveKeyState(row, rows, now / 1000, times)]));
  const stateIs = (state: KeyState) => (row: SigningKeyRow) => states.get(row.kid) === state;
  const signed = new Set(rows.filter(stateIs("active")).map(({ algorithm }) => algorithm));
  const waiting = rows.filter(stateIs("next")).sort((one, other) => other.activeFrom - one.activeFrom);
  const first = new Map(waiting.map((row) => [row.algorithm, row.kid]));
  for (const [algorithm, kid] of first) if (!signed.has(algorithm)) states.set(kid, "active");
  return states;
}

function deriveKeyState(row: SigningKeyRow, rows: readonly SigningKeyRow[], now: number, times: KeyTimes): KeyState {
  if (row.withdrawnAt !== null) return "withdrawn";
  if (row.activeFrom > now) return "next";
  const end = findKeyEnd(row, rows, times);
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
export function findKeyEnd(row: SigningKeyRow, rows: readonly SigningKeyRow[], times: KeyTimes): KeyEnd | undefined {
  const successors = rows.filter((other) => other.algorithm === row.algorithm && other.generation > row.generation && signsEver(other));
  if (successors.length === 0) return undefined;
  const retiresAt = Math.min(...successors.map((other) => other.activeFrom));
  return { retiresAt, expiresAt: retiresAt + times.longestTokenSeconds + slackSeconds };
}

/** A key that was withdrawn before its time came took nobody's place. */
function signsEver({ activeFrom, withdrawnAt }: SigningKeyRow): boolean {
  return withdrawnAt === null || activeFrom < withdrawnAt;
}

/** The generation a new key of this algorithm gets. */
export function nextGeneration(rows: readonly SigningKeyRow[], algorithm: SigningAlgorithm): number {
  return 1 + Math.max(0, ...rows.filter((row) => row.algorithm === algorithm).map((row) => row.generation));
}
