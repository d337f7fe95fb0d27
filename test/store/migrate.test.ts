import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Database } from "../../src/store/database";
import { migrateToLatest, findMigrationsFolder, readMigrationState, listPendingMigrations } from "../../src/store/database/migrate";
import { makeOwnDatabase, type OwnDatabase } from "../harness/own-database";

const all = [
  "0001_clients.js",
  "0002_people.js",
  "0003_ledger.js",
  "0004_keys.js",
  "0005_certificates_and_redirects.js",
  "0006_persons.js",
  "0007_codes_and_families.js",
  "0008_weavr_modes.js",
  "0009_limits.js",
  "0010_key_withdrawal.js",
  "0011_audit.js",
  "0012_user_logins.js",
  "0013_ends_of_tokens.js",
  "0016_id_token_algorithms.js",
  "0017_registered_scopes.js",
  "0018_sandbox_faults.js",
  "0019_sandbox_exchanges.js",
  "0020_origins.js",
  "0021_lost_tokens.js",
  "0022_ledger_indexes.js",
  "0023_restore_seal.js",
  "0024_turns.js",
];
const source = { directory: findMigrationsFolder(), loadExtensions: [".js"] };
let own: OwnDatabase;
let database: Database;

beforeAll(async () => {
  own = await makeOwnDatabase();
});
beforeEach(async () => {
  database = own.open();
  await empty();
});
afterEach(() => own.close());
afterAll(() => own.drop());

async function empty(): Promise<void> {
  await database.transaction((knex) => knex.raw("DROP SCHEMA public CASCADE; CREATE SCHEMA public").then());
}

/** Every column of every table, with its type and default. */
async function schema(): Promise<unknown[]> {
  const columns = ["table_name", "column_name", "data_type", "is_nullable", "column_default"];
  return database.build((knex) =>
    knex("information_schema.columns")
      .select(columns)
      .where("table_schema", "public")
      .whereRaw("table_name NOT LIKE 'knex_%'")
      .orderBy(["table_name", "ordinal_position"]),
  );
}

describe("migrations", () => {
  it("are all pending on an empty database, and reading their state changes nothing", async () => {
    expect(await readMigrationState(database)).toEqual({ ran: 0, pending: all });
    expect(await database.build((knex) => knex("pg_tables").where("schemaname", "public"))).toEqual([]);
  });

  it("run in order, are reported one by one, and run once", async () => {
    const reported: string[] = [];
    expect(await migrateToLatest(database, (name) => reported.push(name))).toEqual(all);
    expect(reported).toEqual(all);
    expect(await listPendingMigrations(database)).toEqual([]);
    expect(await migrateToLatest(database)).toEqual([]);
  });

  it("that have not run yet are listed and then run", async () => {
    await database.runLongTask((knex) => knex.migrate.up({ ...source, name: all[0] as string }));
    expect(await readMigrationState(database)).toEqual({ ran: 1, pending: all.slice(1) });
    expect(await migrateToLatest(database)).toEqual(all.slice(1));
  });

  it("can be rolled back to an empty schema, and run again to the same schema", async () => {
    await migrateToLatest(database);
    const before = await schema();
    expect(before.length).toBeGreaterThan(0);
    await database.runLongTask((knex) => knex.migrate.rollback(source, true));
    expect(await schema()).toEqual([]);
    expect(await listPendingMigrations(database)).toEqual(all);
    await migrateToLatest(database);
    expect(await schema()).toEqual(before);
  });

  it("can be rolled back when the ledger has a partition", async () => {
    await migrateToLatest(database);
    await database.build((knex) =>
      knex.raw("CREATE TABLE issued_tokens_20260115 PARTITION OF issued_tokens FOR VALUES FROM ('2026-01-15') TO ('2026-01-16')"),
    );
    await database.runLongTask((knex) => knex.migrate.rollback(source, true));
    expect(await schema()).toEqual([]);
  });

  it("make no table without a place in the layout of docs/operating/scale-out.md", async () => {
    await migrateToLatest(database);
    const tables = await database.build((knex) =>
      knex("pg_tables").where("schemaname", "public").whereRaw("tablename NOT LIKE 'knex_%'").pluck<string[]>("tablename"),
    );
    const [, layout] =
      /```text\n *(SET citus[^`]*)/.exec(readFileSync(join(findMigrationsFolder(), "..", "docs", "operating", "scale-out.md"), "utf8")) ??
      [];
    expect([...(layout?.matchAll(/'(\w+)'/g) ?? [])].map(([, name]) => name)).toEqual(expect.arrayContaining(tables));
  });

  /** Three servers migrate the same database at the same time. */
  async function migrateAtOnce(migrate: (server: Database) => Promise<string[]>): Promise<PromiseSettledResult<string[]>[]> {
    return Promise.allSettled([own.open(), own.open(), own.open()].map(migrate));
  }

  it("run once when three servers start at the same time, and no server fails", async () => {
    for (let round = 0; round < 3; round += 1) {
      await empty();
      const outcomes = await migrateAtOnce((server) => migrateToLatest(server));
      expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "fulfilled"]);
      expect(outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? outcome.value : []))).toEqual(all);
    }
  });

  it("(control) servers that call knex directly fail", async () => {
    const failures: unknown[] = [];
    for (let round = 0; round < 5 && failures.length === 0; round += 1) {
      await empty();
      const migrateByKnex = (server: Database) =>
        server.runLongTask(async (knex) => {
          const [, names] = (await knex.migrate.latest(source)) as [number, string[]];
          return names;
        });
      const outcomes = await migrateAtOnce(migrateByKnex);
      failures.push(...outcomes.filter(({ status }) => status === "rejected"));
    }
    expect(failures).not.toEqual([]);
  });
});
