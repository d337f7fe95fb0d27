import { longestTokenSeconds } from "../engine/lifetimes";
import { ConfigurationError } from "../config/reader";
import { findKeyEnd, deriveKeyStates } from "../keys/lifecycle";
import { UnsealError, type MasterKeys, chooseSealingKey, type SigningKeyRow } from "../keys/signing-key";
import { iso, isoOrNull, table } from "./output";

export type KeyJson = ReturnType<typeof keysJson>[number];

/** Keys as programs are shown them. @param now epoch milliseconds */
export function keysJson(rows: readonly SigningKeyRow[], now: number) {
  const states = deriveKeyStates(rows, now, { longestTokenSeconds });
  return rows.map((row) => {
    const end = findKeyEnd(row, rows, { longestTokenSeconds });
    return {
      kid: row.kid,
      algorithm: row.algorithm,
      state: states.get(row.kid) ?? "next",
      generation: row.generation,
      created_at: iso(row.createdAt),
      active_from: iso(row.activeFrom),
      retires_at: isoOrNull(end?.retiresAt),
      expires_at: isoOrNull(end?.expiresAt),
      withdrawn_at: isoOrNull(row.withdrawnAt),
    };
  });
}

/** Keys as people are shown them. A withdrawn key ended when it was withdrawn. */
export function keyTable(keys: readonly KeyJson[]): string {
  const headings = ["KID", "ALGORITHM", "STATE", "CREATED", "SIGNS FROM", "RETIRES", "EXPIRES"];
  const ends = (key: KeyJson) => (key.withdrawn_at === null ? [key.retires_at, key.expires_at] : [key.withdrawn_at, key.withdrawn_at]);
  return table(
    headings,
    keys.map((key) => [key.kid, key.algorithm, key.state, key.created_at, key.active_from, ...ends(key)]),
  );
}

/** A key sealed under another master key than the others could be opened by no server. @throws ConfigurationError */
export function mustOpen(rows: readonly SigningKeyRow[], keys: MasterKeys): void {
  try {
    chooseSealingKey(rows, keys);
  } catch (thrown) {
    explainSeal(thrown);
  }
}

/** @throws ConfigurationError in place of a key that does not open, and whatever else was thrown */
export function explainSeal(thrown: unknown): never {
  if (!(thrown instanceof UnsealError)) throw thrown;
  throw new ConfigurationError([
    "POLYMINT_MASTER_KEY is not the one this database was set up with, or `polymint key reencrypt` has put another in its place",
  ]);
}
