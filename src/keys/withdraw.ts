import { type KeyState, findNextGeneration, deriveKeyStates } from "./lifecycle";
import {
  makeUnsealedKey,
  type MasterKeys,
  sealKey,
  chooseSealingKey,
  type SigningKeyChanges,
  type SigningKeyRow,
  type SigningKeyStore,
} from "./signing-key";

/** The result of a withdrawal. */
export interface WithdrawalResult {
  /** The state of the key before. */
  was: KeyState;
  /** The key that signs in its place from now on; undefined if the withdrawn key was not active. */
  successor: string | undefined;
}

export interface WithdrawalRequest extends MasterKeys {
  kid: string;
  /** Epoch seconds. */
  now: number;
  longestTokenSeconds: number;
}

/**
 * Takes a key out of use for good, for example after a leak: it signs nothing more, is no longer published, and its tokens
 * are no longer valid. If it was active, the next key signs at once, or a new one is made. All of this happens, or nothing.
 * @returns undefined if there is no such key
 * @throws UnsealError if a new key is needed and the existing keys are sealed under another master key; Unavailable
 */
export function withdrawSigningKey(store: SigningKeyStore, request: WithdrawalRequest): Promise<WithdrawalResult | undefined> {
  return store.changeExclusively(async (changes) => {
    const rows = await changes.list();
    const key = rows.find(({ kid }) => kid === request.kid);
    if (key === undefined) return undefined;
    const states = deriveKeyStates(rows, request.now * 1000, request);
    const was = states.get(key.kid) ?? "expired";
    if (was === "withdrawn") return { was, successor: undefined };
    await changes.withdraw(key.kid, request.now);
    const waiting = rows.find((row) => row.algorithm === key.algorithm && states.get(row.kid) === "next");
    return { was, successor: was === "active" ? await appointSuccessor(changes, rows, key, waiting, request) : undefined };
  });
}

/** Prefers a key that is already waiting to a new one, because verifiers know it already. */
async function appointSuccessor(
  changes: SigningKeyChanges,
  rows: readonly SigningKeyRow[],
  { algorithm }: SigningKeyRow,
  waiting: SigningKeyRow | undefined,
  { now, ...masterKeys }: WithdrawalRequest,
): Promise<string> {
  if (waiting !== undefined) {
    await changes.bringForward(waiting.kid, now);
    return waiting.kid;
  }
  const times = { createdAt: now, activeFrom: now };
  const made = sealKey(await makeUnsealedKey(algorithm), findNextGeneration(rows, algorithm), times, chooseSealingKey(rows, masterKeys));
  await changes.insertIfAbsent(made);
  return made.kid;
}
