/** A process that writes tokens until it is killed, and prints the jti of each token that it would have answered. */
import type { LedgerEntry } from "../../src/engine/ports/ledger";
import { openDatabase } from "../../src/store/database";
import { makeLedger } from "../../src/store/ledger";
import { makePartitions } from "../../src/store/ledger/partitions";
import { isBehindPooler } from "../harness/behind-pooler";
import { makeLedgerEntry } from "../harness/own-database";

const [order, connection] = process.argv.slice(2) as ["commit-first" | "answer-first", string];
const database = openDatabase({
  connection: JSON.parse(connection) as Record<string, unknown>,
  pooler: isBehindPooler ? "transaction" : "none",
  poolMax: 4,
  connectTimeoutMs: 20_000,
  statementTimeoutMs: 20_000,
});
const ledger = makeLedger({ database, partitions: makePartitions(database) });
const printAnswer = (row: LedgerEntry) => process.stdout.write(`${row.jti}\n`);

async function writeTokens(): Promise<void> {
  for (;;) {
    const row = makeLedgerEntry();
    // Deliberately wrong: the answer does not wait for the commit.
    if (order === "answer-first") printAnswer(row);
    await ledger.record(row);
    if (order === "commit-first") printAnswer(row);
  }
}

for (let writers = 0; writers < 200; writers += 1) void writeTokens();
