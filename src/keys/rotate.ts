import type { SigningAlgorithm } from "../engine/client";
import { findNextGeneration, deriveKeyStates } from "./lifecycle";
import { makeUnsealedKey, type MasterKeys, sealKey, chooseSealingKey, type SigningKeyRow, type SigningKeyStore } from "./signing-key";

/** The result of a rotation of one algorithm. */
export interface RotationResult {
  kid: string;
  /**
   * `made`: this call made the key; `waiting`: there already was a next key; `raced`: another process made this key at the
   * same moment. Only `made` means that this call added a key.
   */
  outcome: "made" | "waiting" | "raced";
  /** Whether there already was a next key, and the new one signs before it. */
  overtakes: boolean;
}

export interface RotationRequest extends MasterKeys {
  algorithm: SigningAlgorithm;
  /** Epoch seconds. */
  now: number;
  /** Seconds the new key is published before it signs. Undefined: it signs at once, even if there already is a next key. */
  leadSeconds: number | undefined;
  longestTokenSeconds: number;
}

/**
 * Makes the key that signs after the active one, unless there already is a next key: operators who rotate on timers on
 * several machines get one new key. The first key of an algorithm signs at once, because there is no other to sign.
 * @throws UnsealError if the existing keys are sealed under another master key, also if they were re-encrypted just now; Unavailable
 */
export async function rotateSigningKey(store: SigningKeyStore, request: RotationRequest): Promise<RotationResult> {
  const { algorithm, now, leadSeconds } = request;
  const before = await store.list();
  chooseSealingKey(before, request);
  const waiting = findWaitingKey(before, request);
  if (waiting !== undefined && leadSeconds !== undefined) return { kid: waiting.kid, outcome: "waiting", overtakes: false };
  const generation = findNextGeneration(before, algorithm);
  const activeFrom = generation === 1 ? now : now + (leadSeconds ?? 0);
  const made = await makeUnsealedKey(algorithm);
  return store.changeExclusively(async (changes) => {
    const current = await changes.list();
    const row = sealKey(made, generation, { createdAt: now, activeFrom }, chooseSealingKey(current, request));
    if (await changes.insertIfAbsent(row)) return { kid: row.kid, outcome: "made", overtakes: waiting !== undefined };
    const theirs = current.find((other) => other.algorithm === algorithm && other.generation === generation);
    return { kid: theirs?.kid ?? row.kid, outcome: "raced", overtakes: false };
  });
}

function findWaitingKey(
  rows: readonly SigningKeyRow[],
  { algorithm, now, longestTokenSeconds }: RotationRequest,
): SigningKeyRow | undefined {
  const states = deriveKeyStates(rows, now * 1000, { longestTokenSeconds });
  return rows.find((row) => row.algorithm === algorithm && states.get(row.kid) === "next");
}
