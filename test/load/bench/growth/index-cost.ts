/** What the index on the client costs a token. */
import type { Database } from "../../../../src/store/database";
import { formatPartitionName, toEpochDay } from "../../../../src/store/ledger/partitions";
import { readCpuMicros } from "../cpu-time";
import { type Spread, spreadOf } from "../statistics";

/** What PostgreSQL takes to write a token, of twenty in a statement. Microseconds are CPU time. */
export interface IndexCost {
  /** Bytes of WAL. */
  walBytes: Record<Kind, Spread>;
  microseconds: Record<Kind, Spread>;
  /** Microseconds with the index in relation to those without, round by round. */
  ratio: Spread;
}

type Kind = (typeof kinds)[number];
const kinds = ["with", "without"] as const;

const rounds = 6;
const mostRows = 300_000;
const rowsOfStatement = 20;

/**
 * Writes the ledger's oldest tokens into two copies of a partition in turns, one of them without the index.
 * @param databasePid process id of the PostgreSQL server
 */
export async function measureIndexCost(database: Database, databasePid: number): Promise<IndexCost> {
  return database.runLongTask(async (knex) => {
    const partition = formatPartitionName(toEpochDay(Date.now() / 1000));
    for (const kind of kinds) await knex.raw(`CREATE TABLE copied_${kind} (LIKE ${partition} INCLUDING ALL)`);
    await knex.raw("DROP INDEX copied_without_client_id_jti_idx");
    await knex.raw("CREATE TABLE source AS SELECT *, row_number() OVER (ORDER BY jti) AS n FROM issued_tokens ORDER BY jti LIMIT ?", [
      mostRows,
    ]);
    const { rows: counted } = await knex.raw<{ rows: { count: number }[] }>("SELECT count(*)::int AS count FROM source");
    const rowsOfRound = Math.floor((counted[0]?.count ?? 0) / rounds / rowsOfStatement) * rowsOfStatement;
    await knex.raw("CREATE INDEX ON source (n)");
    await knex.raw("VACUUM ANALYZE source");
    await knex.raw("CHECKPOINT");
    const written: Record<Kind, Write[]> = { with: [], without: [] };
    for (let round = 0; round < rounds; round += 1) {
      for (const kind of round % 2 === 0 ? kinds : kinds.toReversed())
        written[kind].push(await writeRound({ knex, databasePid, kind, after: round * rowsOfRound, count: rowsOfRound }));
    }
    await knex.raw("DROP TABLE copied_with, copied_without, source");
    return sumUp(written);
  });
}

interface Write {
  walBytes: number;
  microseconds: number;
}

function sumUp(written: Record<Kind, Write[]>): IndexCost {
  const spread = (metric: keyof Write): Record<Kind, Spread> => ({
    with: spreadOf(written.with.map((write) => write[metric])),
    without: spreadOf(written.without.map((write) => write[metric])),
  });
  const ratio = spreadOf(
    written.with.map(({ microseconds }, round) => microseconds / (written.without[round]?.microseconds ?? Number.NaN)),
  );
  return { walBytes: spread("walBytes"), microseconds: spread("microseconds"), ratio };
}

type Knex = Parameters<Parameters<Database["runLongTask"]>[0]>[0];

interface Round {
  knex: Knex;
  databasePid: number;
  kind: Kind;
  after: number;
  count: number;
}

async function writeRound({ knex, databasePid, kind, after, count }: Round): Promise<Write> {
  const before = { wal: await readWal(knex), cpu: await readCpuMicros(databasePid) };
  await knex.raw(makeWriteText(kind, after + 1, after + count));
  const microseconds = ((await readCpuMicros(databasePid)) - before.cpu) / count;
  return { walBytes: ((await readWal(knex)) - before.wal) / count, microseconds };
}

async function readWal(knex: Knex): Promise<number> {
  const { rows } = await knex.raw<{ rows: { bytes: string }[] }>("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS bytes");
  return Number(rows[0]?.bytes);
}

const columns = "jti, issued_at, expires_at, dialect, client_id, grant_type, subject, actor, scope, revoked_at, family, stepped_up_until";

const makeWriteText = (kind: Kind, first: number, last: number): string => `
  DO $$ BEGIN
    FOR begins IN ${first}..${last} BY ${rowsOfStatement} LOOP
      INSERT INTO copied_${kind} (${columns}) SELECT ${columns} FROM source WHERE n BETWEEN begins AND begins + ${rowsOfStatement - 1};
    END LOOP;
  END $$`;
