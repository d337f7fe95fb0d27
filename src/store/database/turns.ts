import type { Queryable } from "./queryable";

/** What servers do one after the other: rows of the table `turns`. */
export type Turn = "signing_keys" | "ledger_partitions" | "ledger_indexes" | "subject_ids" | "sandbox_exchanges";

/**
 * Waits until no other transaction has this turn, and keeps it until this transaction ends. A changed row is the one lock that
 * every engine with PostgreSQL's protocol has (some do not lock what is only selected), and that a pooler keeps.
 * What this transaction reads afterwards includes what those before it have committed.
 * @param within a transaction
 */
export async function takeTurn(within: Queryable, turn: Turn): Promise<void> {
  const { rowCount } = await within.query(takeStatement, [turn]);
  // Without the row no server would wait for another.
  if (rowCount !== 1)
    throw new Error(`the table turns lacks the row ${turn}, as after a partial restore: INSERT INTO turns (name) VALUES ('${turn}')`);
}

const takeStatement = { name: "turn_take", text: "UPDATE turns SET name = name WHERE name = ?" };
