import type { SigningAlgorithm } from "../engine/types";
import { nextGeneration, statesAt } from "./lifecycle";
import { makeSigningKey, type SigningKeyRow, type SigningKeyStore } from "./signing-key";

/** What came of a rotation of one algorithm. */
export interface Rotated {
  kid: string;
  /**
   * `made` here; `waiting`: a next key was there already; `raced`: somebody else made this one at the same moment. Only with
   * `made` is there one key more than before because of us.
   */
  outcome: "made" | "waiting" | "raced";
  /** A next key was there already, and the new one signs before it. */
  overtakes: boolean;
}

export interface RotateAsk {
  algorithm: SigningAlgorithm;
  /** Epoch seconds. */
  now: number;
  /** Seconds the new key is published before it signs; undefined: it signs at once, and does not wait behind a next one. */
  leadSeconds: number | undefined;
  longestTokenSeconds: number;
  masterKey: Buffer;
}

/**
 * Makes the key that signs after the active one, unless one waits already: whoever rotates on a timer, in however many
 * places, gets one new key. The first key of an algorithm signs at once: there is none before it that could.
 * @throws Unavailable
 */
export async function rotate(store: SigningKeyStore, ask: RotateAsk): Promise<Rotated> {
  const { algorithm, now, leadSeconds, masterKey } = ask;
  const before = await store.list();
  const waiting = waitingIn(before, ask);
  if (waiting !== undefined && leadSeconds !== undefined) return { kid: waiting.kid, outcome: "waiting", overtakes: false };
  const generation = nextGeneration(before, algorithm);
  const activeFrom = generation === 1 ? now : now + (leadSeconds ?? 0);
  const row = await makeSigningKey(algorithm, generation, { createdAt: now, activeFrom }, masterKey);
  if (await store.insertIfAbsent(row)) return { kid: row.kid, outcome: "made", overtakes: waiting !== undefined };
  const standing = (await store.list()).find((other) => other.algorithm === algorithm && other.generation === generation);
  return { kid: standing?.kid ?? row.kid, outcome: "raced", overtakes: false };
}

function waitingIn(rows: readonly SigningKeyRow[], { algorithm, now, longestTokenSeconds }: RotateAsk): SigningKeyRow | undefined {
  const states = statesAt(rows, now * 1000, { longestTokenSeconds });
  return rows.find((row) => row.algorithm === algorithm && states.get(row.kid) === "next");
}
