import type { Client } from "pg";

/** The database for callers that name no other. */
export const defaultDatabase = "polymint";

/**
 * Creates the default database if it is missing.
 * @returns whether this call created it, which happens once in the life of a data directory
 */
export async function createDefaultDatabase(session: Client): Promise<boolean> {
  const found = await session.query("select from pg_database where datname = $1", [defaultDatabase]);
  if (found.rowCount !== 0) return false;
  await session.query(`create database ${defaultDatabase}`);
  return true;
}
