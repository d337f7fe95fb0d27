import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Knex } from "knex";
import type { Database } from ".";
import { isAlreadyCreated } from "./errors";

/**
 * Where a run of migrations is one transaction, as in PostgreSQL, its lock is never seen and ends with it. A lock that is seen this long
 * was left by a process that was killed on an engine without such transactions. Freeing it is safe: a migration may be run again.
 */
const lockPatienceMs = 15_000;
const lockPollMs = 500;

/**
 * Brings the schema up to date. Servers that start together may all call it: one migrates, the others wait for it.
 * @param report called with the file name of each migration that this process ran
 * @param patienceMs how long the lock of another run is waited for before it is freed
 * @returns those names, in order
 * @throws Unavailable
 */
export async function migrateToLatest(
  database: Database,
  report?: (name: string) => void,
  patienceMs: number = lockPatienceMs,
): Promise<string[]> {
  return database.runLongTask(async (knex) => {
    await createKnexTables(knex);
    if ((await listPending(knex)).length === 0) return [];
    const names = await runPending(knex, patienceMs);
    for (const name of names) report?.(name);
    return names;
  });
}

/** Which migrations have run. */
export interface MigrationState {
  /** How many have run; 0 for a new database. */
  ran: number;
  /** File names of those that have not run, in order. */
  pending: string[];
}

/** @returns the file names of this release's migrations, in order */
export function listMigrations(): string[] {
  return readdirSync(findMigrationsFolder())
    .filter((name) => name.endsWith(".js"))
    .sort();
}

/** Reads which migrations have run. Changes nothing. */
export async function readMigrationState(database: Database): Promise<MigrationState> {
  return database.build(async (knex) => {
    const all = listMigrations();
    // knex would see no table that this role may not read, and a server that only reads would blame the schema.
    const { rows } = await knex.raw<{ rows: { found: boolean }[] }>("SELECT to_regclass('knex_migrations') IS NOT NULL AS found");
    if (rows[0]?.found !== true) return { ran: 0, pending: all };
    const done = new Set(await knex("knex_migrations").pluck<string[]>("name"));
    return { ran: done.size, pending: all.filter((name) => !done.has(name)) };
  });
}

/** File names of the migrations that have not run yet. Changes nothing. */
export async function listPendingMigrations(database: Database): Promise<string[]> {
  return (await readMigrationState(database)).pending;
}

/**
 * Creates knex's two tables in one transaction. knex would create them one by one, and two servers that do so at once can
 * leave two lock rows, which no process can ever take.
 */
async function createKnexTables(knex: Knex): Promise<void> {
  if (await knex.schema.hasTable("knex_migrations_lock")) return;
  const create = knex.transaction(async (transaction) => {
    await transaction.raw(`CREATE TABLE knex_migrations (
      id serial PRIMARY KEY, name varchar(255), batch integer, migration_time timestamptz)`);
    await transaction.raw(`CREATE TABLE knex_migrations_lock ("index" serial PRIMARY KEY, is_locked integer)`);
    await transaction.raw("INSERT INTO knex_migrations_lock (is_locked) VALUES (0)");
  });
  await create.catch((thrown: unknown) => {
    if (!isAlreadyCreated(thrown)) throw thrown;
  });
}

async function listPending(knex: Knex): Promise<unknown[]> {
  const [, names] = (await knex.migrate.list(makeMigratorConfig())) as [unknown[], unknown[]];
  return names;
}

async function runPending(knex: Knex, patienceMs: number): Promise<string[]> {
  for (let waitedMs = 0; ; waitedMs += lockPollMs) {
    try {
      const [, names] = (await knex.migrate.latest(makeMigratorConfig())) as [number, string[]];
      return names;
    } catch (thrown) {
      if (!(thrown instanceof Error) || !thrown.message.endsWith("Migration table is already locked")) throw thrown;
      if (waitedMs >= patienceMs) await knex.migrate.forceFreeMigrationsLock(makeMigratorConfig());
      else await sleep(lockPollMs);
    }
  }
}

/** A newer version may have migrated already. Migrations only add, so this version can start; otherwise no rolling update could be undone. */
function makeMigratorConfig(): Knex.MigratorConfig {
  return { directory: findMigrationsFolder(), loadExtensions: [".js"], disableMigrationsListValidation: true };
}

/** @returns `migrations/` beside Polymint's `package.json`, whether this file runs from `src/` or from `dist/src/` */
export function findMigrationsFolder(): string {
  for (let folder = __dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest) && (JSON.parse(readFileSync(manifest, "utf8")) as { name?: unknown }).name === "polymint") {
      return join(folder, "migrations");
    }
  }
  throw new Error(`There is no package.json of polymint above ${__dirname}.`);
}
