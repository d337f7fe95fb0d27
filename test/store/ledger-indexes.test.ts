/** The indexes by which the command line finds tokens, and how a ledger of an older release gets them. */
import type { Database } from "../../src/store/database";
import { makeLedger } from "../../src/store/ledger";
import { finishIndexes } from "../../src/store/ledger/indexes";
import { formatPartitionName, makePartitions, toEpochDay } from "../../src/store/ledger/partitions";
import { makeLedgerReader } from "../../src/store/ledger/reader";
import { takeIndexesAway } from "../harness/old-ledger";
import { daySeconds, makeLedgerEntry, makeOwnDatabase, now, type OwnDatabase } from "../harness/own-database";

const today = toEpochDay(now / 1000);
const entry = makeLedgerEntry();

let own: OwnDatabase;
let database: Database;

beforeAll(async () => {
  own = await makeOwnDatabase();
  database = own.open();
  const partitions = makePartitions(database);
  await partitions.ensurePartitions(now - 40 * daySeconds * 1000, 0);
  await makeLedger({ database, partitions }).record(entry);
});
afterAll(() => own.drop());

interface Index {
  table: string;
  columns: string;
  isKey: boolean;
  valid: boolean;
}

async function listIndexes(): Promise<Index[]> {
  const { rows } = await database.build((knex) =>
    knex.raw<{ rows: Index[] }>(`
      SELECT indrelid::regclass::text AS table, substring(pg_get_indexdef(indexrelid) FROM '[(].*') AS columns,
        indisprimary AS "isKey", indisvalid AS valid
      FROM pg_index WHERE indrelid::regclass::text ~ '^issued_tokens' ORDER BY indrelid::regclass::text COLLATE "C", indisprimary`),
  );
  return rows;
}

describe("a token that is looked for by its jti", () => {
  /** A partition of long ago is locked, as by VACUUM FULL. @returns why the search failed */
  async function searchBesideLock(search: (server: Database) => Promise<unknown>): Promise<unknown> {
    const impatient = own.open({ connection: { ...own.connection, options: "-c lock_timeout=100" } });
    return database.transaction(async (transaction) => {
      await transaction.raw(`LOCK TABLE ${formatPartitionName(today - 40)} IN ACCESS EXCLUSIVE MODE`);
      return search(impatient).then(
        () => undefined,
        (reason: unknown) => reason,
      );
    });
  }

  it("is found and revoked although a partition is locked in which it cannot be", async () => {
    expect(await searchBesideLock((server) => makeLedgerReader(server).findByJti(entry.jti))).toBeUndefined();
    expect(await searchBesideLock((server) => makeLedgerReader(server).revokeByJti(entry.jti, now / 1000))).toBeUndefined();
    expect(await makeLedgerReader(database).findByJti(entry.jti)).toMatchObject({ revokedAt: now / 1000 });
  });

  it("(control) a search without the time in the jti waits for that partition", async () => {
    const search = (server: Database) => server.build((knex) => knex("issued_tokens").where("jti", entry.jti).select("jti"));
    expect(await searchBesideLock(search)).toMatchObject({ message: expect.stringContaining("lock timeout") as string });
  });
});

describe("a ledger with tokens of an older release", () => {
  beforeAll(() =>
    database.runLongTask(async (knex) => {
      await takeIndexesAway(knex);
      // What a server leaves that is killed while it builds.
      await knex.raw(`CREATE UNIQUE INDEX ${formatPartitionName(today)}_key ON ${formatPartitionName(today)} (jti, expires_at)`);
      await knex.raw("UPDATE pg_index SET indisvalid = false WHERE indexrelid = ?::regclass", [`${formatPartitionName(today)}_key`]);
    }),
  );

  it("gets its indexes from one of two servers, and partitions that are made later have them too", async () => {
    const outcomes = await Promise.all([own.open(), own.open()].map(finishIndexes));
    expect(outcomes).toContain(undefined);
    expect(await finishIndexes(database)).toBeUndefined();
    await makePartitions(database).ensureDay(today + 1);
    const tables = ["issued_tokens", ...[today - 40, today, today + 1].map(formatPartitionName)];
    const indexesOf = (table: string): Index[] => [
      { table, columns: "(client_id, jti)", isKey: false, valid: true },
      { table, columns: "(jti, expires_at)", isKey: true, valid: true },
    ];
    expect(await listIndexes()).toEqual(tables.flatMap(indexesOf));
    expect(await makeLedgerReader(database).findByJti(entry.jti)).toMatchObject({ clientId: entry.clientId });
  });
});
