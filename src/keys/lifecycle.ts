import type { SigningAlgorithm } from "../engine/client";
import type { SigningKeyRow } from "./signing-key";

export const keyStates = ["next", "active", "retired", "expired", "withdrawn"] as const;
export type KeyState = (typeof keyStates)[number];

/** Times that decide how long a key is published, in seconds. */
export interface KeyTimes {
  /** The longest lifetime of any token: a retired key stays published this long after its successor took over. */
  longestTokenSeconds: number;
}

/** Allowance for servers that read a new key late, and for differences between their clocks. */
const slackSeconds = 60;

/**
 * Derives the state of each key from the stored times alone, so that all servers on one database agree without messages. A
 * key is published before it signs, signs from `activeFrom` on, and stays published until its last token has expired. A
 * withdrawn key stays withdrawn regardless of a server's clock. If an algorithm has no key left that signs, its next key
 * signs early.
 * @param now epoch milliseconds
 * @returns the states by key id
 */
export function deriveKeyStates(rows: readonly SigningKeyRow[], now: number, times: KeyTimes): Map<string, KeyState> {
  const states = new Map(rows.map((row) => [row.kid, deriveKeyState(row, rows, now / 1000, times)]));
  const stateIs = (state: KeyState) => (row: SigningKeyRow) => states.get(row.kid) === state;
  const signing = new Set(rows.filter(stateIs("active")).map(({ algorithm }) => algorithm));
  const waiting = rows.filter(stateIs("next")).sort((one, other) => other.activeFrom - one.activeFrom);
  const first = new Map(waiting.map((row) => [row.algorithm, row.kid]));
  for (const [algorithm, kid] of first) if (!signing.has(algorithm)) states.set(kid, "active");
  return states;
}

function deriveKeyState(row: SigningKeyRow, rows: readonly SigningKeyRow[], now: number, times: KeyTimes): KeyState {
  if (row.withdrawnAt !== null) return "withdrawn";
  if (row.activeFrom > now) return "next";
  const end = findKeyEnd(row, rows, times);
  if (end === undefined || end.retiresAt > now) return "active";
  return end.expiresAt > now ? "retired" : "expired";
}

/** When a key ends. Epoch seconds. */
export interface KeyEnd {
  /** When its first successor takes over. */
  retiresAt: number;
  /** When the last token it signed has expired, and it is no longer published. */
  expiresAt: number;
}

/** @returns undefined while the key has no successor, active or next */
export function findKeyEnd(row: SigningKeyRow, rows: readonly SigningKeyRow[], times: KeyTimes): KeyEnd | undefined {
  const successors = rows.filter((other) => other.algorithm === row.algorithm && other.generation > row.generation && isEverActive(other));
  if (successors.length === 0) return undefined;
  const retiresAt = Math.min(...successors.map((other) => other.activeFrom));
  return { retiresAt, expiresAt: retiresAt + times.longestTokenSeconds + slackSeconds };
}

/** A key that was withdrawn before its `activeFrom` never signs, so it ends no other key. */
function isEverActive({ activeFrom, withdrawnAt }: SigningKeyRow): boolean {
  return withdrawnAt === null || activeFrom < withdrawnAt;
}

/** @returns the generation of a new key of this algorithm */
export function findNextGeneration(rows: readonly SigningKeyRow[], algorithm: SigningAlgorithm): number {
  return 1 + Math.max(0, ...rows.filter((row) => row.algorithm === algorithm).map((row) => row.generation));
}
