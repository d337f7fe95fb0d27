import type { Config } from "../config";
import { findEmbeddedPostgres } from "../embedded-postgres";
import { CommandError } from "./errors";
import { hasTerminal, requireConfirmation } from "./terminal";

/** The program's own option, because every command that opens the database may make one. */
export const createDatabaseOption = "--create-database";

let mayCreate = false;

/** Called when the option is read. */
export function allowNewDatabase(): void {
  mayCreate = true;
}

/**
 * Makes sure that there is a database, or that the person wants a new one: in the wrong folder, a command would find none, and show an
 * empty one in place of the server's.
 * @throws CommandError if there is none, and nothing says that one is wanted
 */
export async function requireDatabase({ databaseUrl, data }: Pick<Config, "databaseUrl" | "data">): Promise<void> {
  if (databaseUrl !== undefined || mayCreate) return;
  const { folder, state } = await findEmbeddedPostgres(data);
  if (state !== "missing") return;
  if (hasTerminal())
    return requireConfirmation(`There is no database in ${folder}, and DATABASE_URL is not set. Make a new, empty one there?`);
  throw new CommandError(
    "no_database",
    `there is no database in ${folder}, and DATABASE_URL is not set. Run this where the server runs, or name its data folder with ` +
      `POLYMINT_DATA; ${createDatabaseOption} makes a new, empty database, as \`polymint serve\` and \`polymint migrate\` do`,
  );
}
