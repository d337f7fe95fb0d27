/** What the command line's searches in the ledger take, and what their index costs a token. */
import type { Database } from "../../../../src/store/database";
import { formatPartitionName, toEpochDay } from "../../../../src/store/ledger/partitions";
import { makeLedgerReader } from "../../../../src/store/ledger/reader";

/** Milliseconds of each search: the median of five, each with a new connection as a command has it. */
export async function timeCommands(database: Database): Promise<Record<string, number>> {
  const reader = makeLedgerReader(database);
  const now = Date.now();
  const [newest] = await reader.list({ limit: 1 }, now);
  if (newest === undefined) throw new Error("The ledger is empty.");
  const { jti, clientId } = newest;
  return {
    "token show": await time(() => reader.findByJti(jti)),
    "token revoke": await time(() => reader.revokeByJti(jti, Math.floor(now / 1000))),
    "token list --client": await time(() => reader.list({ clientId, limit: 101 }, now)),
    "token list --client --active": await time(() => reader.list({ clientId, active: true, limit: 101 }, now)),
    "token list --client, of none": await time(() => reader.list({ clientId: "nobody", limit: 101 }, now)),
  };
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const taken: number[] = [];
  for (let turn = 0; turn < 5; turn += 1) {
    const began = performance.now();
    await work();
    taken.push(performance.now() - began);
  }
  return taken.sort((one, other) => one - other)[2] ?? NaN;
}

/** Bytes of WAL per token, and microseconds that PostgreSQL takes to write one, of twenty in a statement. */
export interface WriteCost {
  walBytes: number;
  microseconds: number;
}

/** Writes the ledger's newest tokens into copies of a partition, one of them without the index on the client. */
export async function measureIndexCost(database: Database): Promise<Record<"with" | "without", WriteCost>> {
  const partition = formatPartitionName(toEpochDay(Date.now() / 1000));
  return { with: await measureWrites(database, partition, true), without: await measureWrites(database, partition, false) };
}

const writtenRows = 100_000;

async function measureWrites(database: Database, partition: string, withIndex: boolean): Promise<WriteCost> {
  return database.runLongTask(async (knex) => {
    await knex.raw(`CREATE TABLE copied (LIKE ${partition} INCLUDING ALL)`);
    if (!withIndex) await knex.raw("DROP INDEX copied_client_id_jti_idx");
    await knex.raw("CREATE TABLE source AS SELECT *, row_number() OVER (ORDER BY jti) AS n FROM issued_tokens ORDER BY jti LIMIT ?", [
      writtenRows,
    ]);
    await knex.raw("CREATE INDEX ON source (n)");
    await knex.raw("ANALYZE source");
    await knex.raw("CHECKPOINT");
    const before = await readWal(knex);
    const began = performance.now();
    await knex.raw(writeText);
    const microseconds = ((performance.now() - began) * 1000) / writtenRows;
    const walBytes = ((await readWal(knex)) - before) / writtenRows;
    await knex.raw("DROP TABLE copied, source");
    return { walBytes, microseconds };
  });
}

type Knex = Parameters<Parameters<Database["runLongTask"]>[0]>[0];

async function readWal(knex: Knex): Promise<number> {
  const { rows } = await knex.raw<{ rows: { bytes: string }[] }>("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS bytes");
  return Number(rows[0]?.bytes);
}

const columns = "jti, issued_at, expires_at, dialect, client_id, grant_type, subject, actor, scope, revoked_at, family, stepped_up_until";
const writeText = `
  DO $$ BEGIN
    FOR begins IN 1..(SELECT count(*) FROM source) BY 20 LOOP
      INSERT INTO copied (${columns}) SELECT ${columns} FROM source WHERE n BETWEEN begins AND begins + 19;
    END LOOP;
  END $$`;
