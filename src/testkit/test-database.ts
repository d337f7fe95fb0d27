import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionParameters, type EmbeddedPostgres, useEmbeddedPostgres } from "../embedded-postgres";
import { type Database, openDatabase } from "../store/database";
import { migrateToLatest, findMigrationsFolder } from "../store/database/migrate";
import { dropLeftDatabases, nameDatabase } from "./left-databases";
import { hasSqlState, sqlState } from "../store/database/errors";

/** A database for one suite, migrated and empty. */
export interface TestDatabase {
  connection: Record<string, unknown>;
  /** Drops it. */
  drop(): Promise<void>;
}

const duplicateDatabase = "42P04";

/**
 * Creates a database by copying a template, which takes some 50 ms. The template's name contains a hash of the migrations, so it
 * is made only once and is never out of date.
 * @param serverUrl a `postgres://` URL of a server where databases may be created; without one, the embedded PostgreSQL keeps
 *   them in the temporary folder
 */
export async function makeTestDatabase(serverUrl?: string): Promise<TestDatabase> {
  const server = serverUrl === undefined ? await openEmbeddedServer() : openExternalServer(serverUrl);
  const admin = openPool(server.getConnection("postgres"));
  const template = `polymint_template_${hashMigrations()}`;
  const name = nameDatabase("test");
  try {
    await ensureTemplate(admin, template, (named) => openPool(server.getConnection(named)));
    await admin.build((knex) => knex.raw("CREATE DATABASE ?? TEMPLATE ??", [name, template]));
  } catch (error) {
    await admin.close();
    await server.release();
    throw error;
  }
  // It takes its time beside the test; what fails is tried again by the next.
  const sweeping = dropLeftDatabases(admin).catch(() => undefined);
  return {
    connection: server.getConnection(name),
    drop: async () => {
      await sweeping;
      await admin.build((knex) => knex.raw("DROP DATABASE IF EXISTS ?? WITH (FORCE)", [name]));
      await admin.close();
      await server.release();
    },
  };
}

interface PostgresServer {
  getConnection(database: string): Record<string, unknown>;
  release(): Promise<void>;
}

/**
 * Uses the PostgreSQL that all test processes share. It forces nothing to the disk: after a power cut its folder, which holds nothing
 * of value, may have to be removed.
 */
export function useTestPostgres(): Promise<EmbeddedPostgres> {
  const folder = join(tmpdir(), `polymint-testkit-${process.getuid?.() ?? "user"}`);
  return useEmbeddedPostgres({ folder, explicit: false, settings: { fsync: "off" } });
}

async function openEmbeddedServer(): Promise<PostgresServer> {
  const embedded = await useTestPostgres();
  return {
    getConnection: (database): Record<string, unknown> & ConnectionParameters => ({ ...embedded.getConnectionParameters(database) }),
    release: () => embedded.release(),
  };
}

function openExternalServer(serverUrl: string): PostgresServer {
  return {
    getConnection: (database) => {
      // Not by `URL`, which reads none with several hosts.
      return { connectionString: serverUrl.replace(/^([a-z]+:\/\/[^/?]*)(?:\/[^?]*)?/, `$1/${database}`) };
    },
    release: () => Promise.resolve(),
  };
}

function openPool(connection: Record<string, unknown>): Database {
  return openDatabase({ connection, poolMax: 2, connectTimeoutMs: 10_000, statementTimeoutMs: 60_000, holdsProcess: false });
}

/** Makes the template under another name and renames it when it is complete, so that no other process copies an unfinished one. */
async function ensureTemplate(admin: Database, template: string, openNamed: (name: string) => Database): Promise<void> {
  const found = await admin.build((knex) => knex("pg_database").where("datname", template));
  if (found.length > 0) return;
  const draft = nameDatabase("draft");
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

function hashMigrations(): string {
  const folder = findMigrationsFolder();
  const hash = createHash("sha256");
  for (const file of readdirSync(folder).sort()) hash.update(file).update(readFileSync(join(folder, file)));
  return hash.digest("hex").slice(0, 16);
}
