import type { Client } from "pg";

/** The database everybody gets who asks for no other. */
export const DEFAULT_DATABASE = "polymint";

/**
 * Creates the default database if missing.
 * @returns whether this call created it, which is so once in the life of a cluster
 */
export async function createDatabase(session: Client): Promise<boolean> {
  const found = await session.query("select from pg_database where datname = $1", [DEFAULT_DATABASE]);
  if (found.rowCount !== 0) return false;
  await session.query(`create database ${DEFAULT_DATABASE}`);
  return true;
}
