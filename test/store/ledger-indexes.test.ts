/** The indexes by which the command line finds tokens, and how a ledger of an older release gets them. */
import type { Knex } from "knex";
import type { Database } from "../../src/store/database";
import { makeLedger } from "../../src/store/ledger";
import { finishIndexes } from "../../src/store/ledger/indexes";
import { formatPartitionName, makePartitions, toEpochDay } from "../../src/store/ledger/partitions";
import { type LedgerBrowser, makeLedgerReader } from "../../src/store/ledger/reader";
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
  await database.runLongTask(async (knex) => {
    await knex.raw(fillText, [now / 1000, now / 1000 + 7200]);
    await knex.raw("ANALYZE issued_tokens");
  });
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

/** Ten thousand tokens in two partitions: one client has half of them, a hundred others have fifty each. */
const fillText = `
  INSERT INTO issued_tokens (jti, issued_at, expires_at, dialect, client_id, grant_type, subject, scope)
  SELECT gen_random_uuid(), to_timestamp(?), to_timestamp(?) - n % 400 / 200 * interval '40 days', 'x', CASE n % 2 WHEN 0 THEN 'many' ELSE 'few-' || n % 200 END, 'x', 'x', 'x'
  FROM generate_series(1, 10000) n`;

/** What each command asks, and the columns of the index that finds it. */
const searches: [command: string, columns: string, search: (ledger: LedgerBrowser) => Promise<unknown>][] = [
  ["token show", "(jti, expires_at)", (ledger) => ledger.findByJti(entry.jti)],
  ["token revoke", "(jti, expires_at)", (ledger) => ledger.revokeByJti(entry.jti, now / 1000)],
  ...["many", "few-1", "nobody"].flatMap((clientId): typeof searches => [
    [`token list --client ${clientId}`, "(client_id, jti)", (ledger) => ledger.list({ clientId, limit: 101 }, now)],
    [`token list --active --client ${clientId}`, "(client_id, jti)", (ledger) => ledger.list({ clientId, active: true, limit: 101 }, now)],
  ]),
];

interface PlanNode {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Name"?: string;
  Plans?: PlanNode[];
}

/** @returns the columns of the indexes by which PostgreSQL reads the ledger for the very statements of a search; a table's name if it scans it */
async function explain(search: (ledger: LedgerBrowser) => Promise<unknown>): Promise<string[]> {
  const asked: { sql: string; bindings: Knex.RawBinding[] }[] = [];
  const listen = (knex: Knex): Knex => knex.on("query", (query: (typeof asked)[number]) => asked.push(query));
  await search(makeLedgerReader({ ...database, runLongTask: (work) => database.runLongTask((knex) => work(listen(knex))) }));
  const read = new Set<string>();
  const note = ({ Plans = [], ...node }: PlanNode): void => {
    const name = node["Index Name"] ?? (node["Node Type"] === "Seq Scan" ? node["Relation Name"] : undefined);
    if (name?.startsWith("issued_tokens") === true) read.add(name);
    Plans.forEach(note);
  };
  for (const { sql, bindings } of asked) {
    const text = `EXPLAIN (FORMAT JSON) ${sql.replaceAll(/\$\d+/g, "?")}`;
    const { rows } = await database.build((knex) => knex.raw<{ rows: { "QUERY PLAN": { Plan: PlanNode }[] }[] }>(text, bindings));
    rows[0]?.["QUERY PLAN"].forEach(({ Plan }) => note(Plan));
  }
  const columnsText =
    "SELECT DISTINCT coalesce(substring(pg_get_indexdef(name::regclass) FROM '[(].*'), name) AS columns FROM unnest(?::text[]) name";
  const { rows } = await database.build((knex) => knex.raw<{ rows: { columns: string }[] }>(columnsText, [[...read]]));
  return rows.map(({ columns }) => columns);
}

describe("a search of the command line", () => {
  it.each(searches)("reads the ledger by index only: polymint %s", async (_command, columns, search) => {
    expect(await explain(search)).toEqual([columns]);
  });
});

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

  it.each(searches)("(control) is not read so: polymint %s", async (_command, columns, search) => {
    expect(await explain(search)).not.toEqual([columns]);
  });

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
