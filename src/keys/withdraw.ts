import { type KeyState, nextGeneration, deriveKeyStates } from "./lifecycle";
import {
  makeUnsealedKey,
  type MasterKeys,
  sealKey,
  chooseSealingKey,
  type SigningKeyChanges,
  type SigningKeyRow,
  type SigningKeyStore,
} from "./signing-key";

/** What came of a withdrawal. */
export interface WithdrawalResult {
  /** Where the key stood before. */
  was: KeyState;
  /** The key that signs in its place from now on; undefined if the withdrawn one was not the one that signed. */
  successor: string | undefined;
}

export interface WithdrawalRequest extends MasterKeys {
  kid: string;
  /** Epoch seconds. */
  now: number;
  longestTokenSeconds: number;
}

/**
 * Takes a key out of use for good, as after a leak: it signs nothing more, is not published, and its tokens count no more.
 * If it was the one that signed, the next key signs at once, or one that is made here: all of it happens, or nothing.
 * @returns undefined if there is no such key
 * @throws DoesNotOpen if the keys there are were sealed under another master key and a new one is needed; Unavailable
 */
export function withdrawSigningKey(store: SigningKeyStore, ask: WithdrawalRequest): Promise<WithdrawalResult | undefined> {
  return store.changeExclusively(async (changes) => {
    const rows = await changes.list();
    const key = rows.find(({ kid }) => kid === ask.kid);
    if (key === undefined) return undefined;
    const states = deriveKeyStates(rows, ask.now * 1000, ask);
    const was = states.get(key.kid) ?? "expired";
    if (was === "withdrawn") return { was, successor: undefined };
    await changes.withdraw(key.kid, ask.now);
    const waiting = rows.find((row) => row.algorithm === key.algorithm && states.get(row.kid) === "next");
    return { was, successor: was === "active" ? await appointSuccessor(changes, rows, key, waiting, ask) : undefined };
  });
}

/** A key that waits is better than a new one: verifiers know it already. */
async function appointSuccessor(
  changes: SigningKeyChanges,
  rows: readonly SigningKeyRow[],
  { algorithm }: SigningKeyRow,
  waiting: SigningKeyRow | undefined,
  ask: WithdrawalRequest,
): Promise<string> {
  if (waiting !== undefined) {
    await changes.bringForward(waiting.kid, ask.now);
    return waiting.kid;
  }
  const times = { createdAt: ask.now, activeFrom: ask.now };
  const made = sealKey(await makeUnsealedKey(algorithm), nextGeneration(rows, algorithm), times, chooseSealingKey(rows, ask));
  await changes.insertIfAbsent(made);
  return made.kid;
}
