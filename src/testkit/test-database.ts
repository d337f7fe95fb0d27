import { createHash, randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionParameters, useEmbeddedPostgres } from "../embedded-postgres";
import { type Database, openDatabase } from "../store/database";
import { migrateToLatest, findMigrationsFolder } from "../store/database/migrate";
import { hasSqlState, sqlState } from "../store/database/errors";

/** A database of one's own, migrated and empty. */
export interface TestDatabase {
  connection: Record<string, unknown>;
  /** Drops it. */
  drop(): Promise<void>;
}

const duplicateDatabase = "42P04";

/**
 * Makes a database by copying a template, which takes some 50 ms. The template is named after the migrations' content, so
 * it is made once and never stale.
 * @param serverUrl a `postgres://` URL of a server where databases may be made; without one the embedded PostgreSQL
 *   keeps them in the temporary folder
 */
export async function makeTestDatabase(serverUrl?: string): Promise<TestDatabase> {
  const server = serverUrl === undefined ? await embeddedServer() : givenServer(serverUrl);
  const admin = open(server.connection("postgres"));
  const template = `polymint_template_${migrationsHash()}`;
  await ensureTemplate(admin, template, (name) => open(server.connection(name)));
  const name = `polymint_test_${randomUUID().replaceAll("-", "")}`;
  await admin.build((knex) => knex.raw("CREATE DATABASE ?? TEMPLATE ??", [name, template]));
  return {
    connection: server.connection(name),
    drop: async () => {
      await admin.build((knex) => knex.raw("DROP DATABASE IF EXISTS ?? WITH (FORCE)", [name]));
      await admin.close();
      await server.release();
    },
  };
}

interface Server {
  connection(database: string): Record<string, unknown>;
  release(): Promise<void>;
}

async function embeddedServer(): Promise<Server> {
  const folder = join(tmpdir(), `polymint-testkit-${process.getuid?.() ?? "user"}`);
  const embedded = await useEmbeddedPostgres({ folder, explicit: false });
  return {
    connection: (database): Record<string, unknown> & ConnectionParameters => ({ ...embedded.connection(database) }),
    release: () => embedded.release(),
  };
}

function givenServer(serverUrl: string): Server {
  return {
    connection: (database) => {
      const url = new URL(serverUrl);
      url.pathname = `/${database}`;
      return { connectionString: url.href };
    },
    release: () => Promise.resolve(),
  };
}

function open(connection: Record<string, unknown>): Database {
  return openDatabase({ connection, poolMax: 2, connectTimeoutMs: 10_000, statementTimeoutMs: 60_000 });
}

/** Made under another name and renamed when it is complete, so that nobody ever copies half of one. */
async function ensureTemplate(admin: Database, template: string, openNamed: (name: string) => Database): Promise<void> {
  const found = await admin.build((knex) => knex("pg_database").where("datname", template));
  if (found.length > 0) return;
  const draft = `polymint_draft_${randomUUID().replaceAll("-", "")}`;
  await admin.build((knex) => knex.raw("CREATE DATABASE ??", [draft]));
  const database = openNamed(draft);
  await migrateToLatest(database).finally(() => database.close());
  try {
    await admin.build((knex) => knex.raw("ALTER DATABASE ?? RENAME TO ??", [draft, template]));
  } catch (error) {
    if (!hasSqlState(error, duplicateDatabase, sqlState.uniqueViolation)) throw error;
    await admin.build((knex) => knex.raw("DROP DATABASE ?? WITH (FORCE)", [draft]));
  }
}

function migrationsHash(): string {
  const folder = findMigrationsFolder();
  const hash = createHash("sha256");
  for (const file of readdirSync(folder).sort()) hash.update(file).update(readFileSync(join(folder, file)));
  return hash.digest("hex").slice(0, 16);
}
