import { reseal } from "./seal";
import { findMasterKey, type SigningKeyStore } from "./signing-key";

/** How many keys were re-encrypted now, and how many had been before. */
export interface ReencryptionResult {
  keys: number;
  already: number;
}

/**
 * Seals every key under another master key, including expired and withdrawn keys: all of them, or none. Keys that are
 * already sealed under the new one stay as they are, so a run whose result was lost can be repeated.
 * @throws UnsealError with the id of a key that is sealed under neither master key; Unavailable
 */
export function reencryptSigningKeys(store: SigningKeyStore, from: Buffer, to: Buffer): Promise<ReencryptionResult> {
  return store.changeExclusively(async (changes) => {
    const done = { keys: 0, already: 0 };
    for (const row of await changes.list()) {
      if (findMasterKey(row, { masterKey: from, newMasterKey: to }) === to) {
        done.already += 1;
        continue;
      }
      await changes.reseal(row.kid, reseal(row.sealedDataKey, row.kid, from, to));
      done.keys += 1;
    }
    return done;
  });
}
