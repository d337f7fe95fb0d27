import { type MasterKeys, findMasterKey, type SigningKeyRow } from "./signing-key";

/**
 * Notices that keys in use were sealed under another master key while this server runs. It works on with what it has in
 * memory, but the next start, and the next key, need the new master key; somebody should hear of it before then.
 * @param tell told the kids once for each time they changed
 * @returns looks at the rows of keys in use
 */
export function makeForeignSealDetector(keys: MasterKeys, tell: ((kids: readonly string[]) => void) | undefined) {
  const seen = new Map<string, Buffer>();

  function isForeign(row: SigningKeyRow): boolean {
    if (seen.get(row.kid)?.equals(row.sealedDataKey) === true) return false;
    seen.set(row.kid, row.sealedDataKey);
    return !canUnseal(row, keys);
  }

  return (rows: readonly SigningKeyRow[]): void => {
    if (tell === undefined) return;
    const foreign = rows.filter(isForeign).map(({ kid }) => kid);
    if (foreign.length > 0) tell(foreign);
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
