import { longestTokenSeconds } from "../engine/client";
import { ConfigurationError } from "../config/reader";
import { findKeyEnd, deriveKeyStates } from "../keys/lifecycle";
import { UnsealError, type MasterKeys, chooseSealingKey, type SigningKeyRow } from "../keys/signing-key";
import { formatTable, formatTime, formatTimeOrNull } from "./output";

export type KeyJson = ReturnType<typeof toKeysJson>[number];

/** Keys as JSON. @param now epoch milliseconds */
export function toKeysJson(rows: readonly SigningKeyRow[], now: number) {
  const states = deriveKeyStates(rows, now, { longestTokenSeconds });
  return rows.map((row) => {
    const end = findKeyEnd(row, rows, { longestTokenSeconds });
    return {
      kid: row.kid,
      algorithm: row.algorithm,
      state: states.get(row.kid) ?? "next",
      generation: row.generation,
      created_at: formatTime(row.createdAt),
      active_from: formatTime(row.activeFrom),
      retires_at: formatTimeOrNull(end?.retiresAt),
      expires_at: formatTimeOrNull(end?.expiresAt),
      withdrawn_at: formatTimeOrNull(row.withdrawnAt),
    };
  });
}

/** Keys as a table. A withdrawn key retired and expired when it was withdrawn. */
export function formatKeyTable(keys: readonly KeyJson[]): string {
  const headings = ["KID", "ALGORITHM", "STATE", "CREATED", "SIGNS FROM", "RETIRES", "EXPIRES"];
  const ends = (key: KeyJson) => (key.withdrawn_at === null ? [key.retires_at, key.expires_at] : [key.withdrawn_at, key.withdrawn_at]);
  return formatTable(
    headings,
    keys.map((key) => [key.kid, key.algorithm, key.state, key.created_at, key.active_from, ...ends(key)]),
  );
}

/**
 * Makes sure that this master key opens the stored keys. No server could use a new key sealed under another master key.
 * @throws ConfigurationError
 */
export function requireMasterKey(rows: readonly SigningKeyRow[], keys: MasterKeys): void {
  try {
    chooseSealingKey(rows, keys);
  } catch (thrown) {
    rethrowSealError(thrown);
  }
}

/** Rethrows an error; for a key that does not open, a ConfigurationError that explains it. */
export function rethrowSealError(thrown: unknown): never {
  if (!(thrown instanceof UnsealError)) throw thrown;
  throw new ConfigurationError([
    "POLYMINT_MASTER_KEY is not the one this database was set up with, or `polymint key reencrypt` has put another in its place",
  ]);
}
