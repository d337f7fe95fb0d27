import { findMasterKey, type MasterKeys, type SigningKeyRow } from "./signing-key";

/**
 * Detects that keys in use were sealed under another master key while this server runs. The server continues with the
 * opened keys it has in memory, but its next start and the next new key need the new master key, so an operator must be
 * warned before then.
 * @param onForeignSeal called with the ids of the keys, once per change
 * @returns a function that checks the rows of the keys in use
 */
export function makeForeignSealDetector(keys: MasterKeys, onForeignSeal: ((kids: readonly string[]) => void) | undefined) {
  const checked = new Map<string, Buffer>();

  function isNewForeignSeal(row: SigningKeyRow): boolean {
    if (checked.get(row.kid)?.equals(row.sealedDataKey) === true) return false;
    checked.set(row.kid, row.sealedDataKey);
    return !canUnseal(row, keys);
  }

  return (rows: readonly SigningKeyRow[]): void => {
    if (onForeignSeal === undefined) return;
    const foreign = rows.filter(isNewForeignSeal).map(({ kid }) => kid);
    if (foreign.length > 0) onForeignSeal(foreign);
  };
}

function canUnseal(row: SigningKeyRow, keys: MasterKeys): boolean {
  try {
    findMasterKey(row, keys);
    return true;
  } catch {
    return false;
  }
}
