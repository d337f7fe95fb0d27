import type { SigningAlgorithm } from "../engine/client";
import { nextGeneration, deriveKeyStates } from "./lifecycle";
import { makeUnsealedKey, type MasterKeys, sealKey, chooseSealingKey, type SigningKeyRow, type SigningKeyStore } from "./signing-key";

/** What came of a rotation of one algorithm. */
export interface RotationResult {
  kid: string;
  /**
   * `made` here; `waiting`: a next key was there already; `raced`: somebody else made this one at the same moment. Only with
   * `made` is there one key more than before because of us.
   */
  outcome: "made" | "waiting" | "raced";
  /** A next key was there already, and the new one signs before it. */
  overtakes: boolean;
}

export interface RotationRequest extends MasterKeys {
  algorithm: SigningAlgorithm;
  /** Epoch seconds. */
  now: number;
  /** Seconds the new key is published before it signs; undefined: it signs at once, and does not wait behind a next one. */
  leadSeconds: number | undefined;
  longestTokenSeconds: number;
}

/**
 * Makes the key that signs after the active one, unless one waits already: whoever rotates on a timer, in however many
 * places, gets one new key. The first key of an algorithm signs at once: there is none before it that could.
 * @throws DoesNotOpen if the keys there are were sealed under another master key, in this moment or before; Unavailable
 */
export async function rotateSigningKey(store: SigningKeyStore, ask: RotationRequest): Promise<RotationResult> {
  const { algorithm, now, leadSeconds } = ask;
  const before = await store.list();
  chooseSealingKey(before, ask);
  const waiting = findWaitingKey(before, ask);
  if (waiting !== undefined && leadSeconds !== undefined) return { kid: waiting.kid, outcome: "waiting", overtakes: false };
  const generation = nextGeneration(before, algorithm);
  const activeFrom = generation === 1 ? now : now + (leadSeconds ?? 0);
  const made = await makeUnsealedKey(algorithm);
  return store.changeExclusively(async (changes) => {
    const standing = await changes.list();
    const row = sealKey(made, generation, { createdAt: now, activeFrom }, chooseSealingKey(standing, ask));
    if (await changes.insertIfAbsent(row)) return { kid: row.kid, outcome: "made", overtakes: waiting !== undefined };
    const theirs = standing.find((other) => other.algorithm === algorithm && other.generation === generation);
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
