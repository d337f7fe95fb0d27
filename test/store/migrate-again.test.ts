/** Engines whose DDL is not transactional keep what a migration did before its process died, so it must bear to be run again. */
import { join } from "node:path";
import type { Knex } from "knex";
import type { Database } from "../../src/store/database";
import { findMigrationsFolder, listMigrations, listPendingMigrations, migrateToLatest } from "../../src/store/database/migrate";
import { makeOwnDatabase, type OwnDatabase, rejectionOf } from "../harness/own-database";

let own: OwnDatabase;
let database: Database;
let all: Migration[];

beforeAll(async () => {
  const names = listMigrations();
  all = await Promise.all(
    names.map(async (name) => ({ name, ...((await import(join(findMigrationsFolder(), name))) as Pick<Migration, "up">) })),
  );
  own = await makeOwnDatabase();
  database = own.open();
});
afterAll(() => own.drop());

/** Everything that migrations make: columns, constraints, indexes, and rows of their own. */
async function readSchema(): Promise<unknown[]> {
  const { rows } = await database.build((knex) => knex.raw<{ rows: unknown[] }>(schemaText));
  return rows;
}

const schemaText = `
  SELECT attrelid::regclass::text AS owner, attname AS name, concat_ws(' ', format_type(atttypid, atttypmod), attnotnull, attidentity,
    (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = attrelid AND adnum = attnum)) AS definition
  FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
  WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped AND relname NOT LIKE 'knex%'
  UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
  WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
  UNION ALL SELECT relname, 'options', reloptions::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND reloptions IS NOT NULL
  UNION ALL SELECT 'turns', name, 'row' FROM turns
  ORDER BY 1, 2, 3`;

interface Migration {
  name: string;
  up: (knex: Knex) => Promise<unknown>;
}

class Died extends Error {}

/** Runs a migration that dies after so many statements. */
function runUntil(deadline: number, { up }: Migration, knex: Knex): Promise<unknown> {
  let count = 0;
  const raw = async (text: string): Promise<unknown> => {
    const answer = (await knex.raw(text)) as unknown;
    count += 1;
    if (count === deadline) throw new Died();
    return answer;
  };
  return up(Object.create(knex, { raw: { value: raw } }) as Knex);
}

/**
 * Runs migrations without transactions, and again after each death: the first run of a migration dies after its first statement,
 * the second after its second.
 * @returns how often a run died
 */
async function migrateMortally(migrations: readonly Migration[]): Promise<number> {
  let deaths = 0;
  let statements = 1;
  const migrationSource: Knex.MigrationSource<Migration> = {
    getMigrations: () => Promise.resolve([...migrations]),
    getMigrationName: ({ name }) => name,
    getMigration: (migration) => Promise.resolve({ up: (knex) => runUntil(statements, migration, knex), down: () => Promise.resolve() }),
  };
  await database.runLongTask(async (knex) => {
    for (let ran = 0; ran < migrations.length;) {
      try {
        await knex.migrate.up({ migrationSource, disableTransactions: true });
        statements = 1;
        ran += 1;
      } catch (thrown) {
        if (!(thrown instanceof Died)) throw thrown;
        deaths += 1;
        statements += 1;
      }
    }
  });
  return deaths;
}

async function empty(): Promise<void> {
  await database.build((knex) => knex.raw("DROP SCHEMA public CASCADE; CREATE SCHEMA public"));
}

it("A run of migrations without transactions that dies after any statement can be repeated, to the same schema", async () => {
  const whole = await readSchema();
  expect(whole.length).toBeGreaterThan(200);
  await empty();
  expect(await migrateMortally(all)).toBeGreaterThan(60);
  expect(await readSchema()).toEqual(whole);
});

it("(control) the test catches a migration that cannot be repeated", async () => {
  await empty();
  const old: Migration = {
    name: "0001_old.js",
    up: async (knex) => {
      await knex.raw("CREATE TABLE old (id text)");
      await knex.raw("CREATE INDEX IF NOT EXISTS old_id ON old (id)");
    },
  };
  expect(await rejectionOf(migrateMortally([old]))).toMatchObject({ code: "42P07" });
});

it("A lock that a dead run has left is freed", async () => {
  await empty();
  await migrateToLatest(database);
  await database.build((knex) =>
    knex("knex_migrations")
      .where({ name: all.at(-1)?.name })
      .delete(),
  );
  await database.build((knex) => knex("knex_migrations_lock").update({ is_locked: 1 }));
  expect(await migrateToLatest(database, undefined, 0)).toEqual([all.at(-1)?.name]);
  expect(await listPendingMigrations(database)).toEqual([]);
});
