import type { Logger } from "pino";
import type { Database } from "../store/database";
import { listMigrations, readMigrationState } from "../store/database/migrate";

/**
 * Checks the schema for a server that only reads, which brings none up to date.
 * @throws Error if the schema is older than this release. One that is newer is logged: migrations only add
 */
export async function checkSchema(database: Database, log: Logger): Promise<void> {
  const { ran, pending } = await readMigrationState(database);
  const [first] = pending;
  if (first !== undefined) {
    const count = pending.length === 1 ? "1 migration has" : `${pending.length} migrations have`;
    throw new Error(
      `The database is older than this release: ${count} not run there, the first is ${first}. A server with SERVE=read runs none. ` +
        "Run `polymint migrate` with the URL of the primary, or start a server of this release there, then start this one again",
    );
  }
  const newer = ran - listMigrations().length;
  if (newer > 0) log.warn({ migrations: newer }, "The database is newer than this release. This server goes on, and should be updated.");
}
