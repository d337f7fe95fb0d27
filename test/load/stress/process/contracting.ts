/** A release with a migration that breaks the release before it. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { InstalledServer } from "../../../harness/installed-server";

/** A column of `clients` that every release so far reads for each token, and its new name. */
const column = "lifetime_seconds";
const renamed = "seconds_of_life";

const migration = `
exports.up = (knex) => knex.raw("ALTER TABLE clients RENAME COLUMN ${column} TO ${renamed}");
exports.down = (knex) => knex.raw("ALTER TABLE clients RENAME COLUMN ${renamed} TO ${column}");
`;

/**
 * Gives a release a migration that renames a column which the release before it still reads. By itself the changed release
 * works, since it uses the new name.
 */
export function makeContractingRelease({ folder }: InstalledServer): void {
  writeFileSync(join(folder, "migrations", "9999_contract.js"), migration);
  const compiled = join(folder, "dist", "src");
  let found = 0;
  for (const file of readdirSync(compiled, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".js"))) {
    const text = readFileSync(join(compiled, file), "utf8");
    if (!text.includes(column)) continue;
    writeFileSync(join(compiled, file), text.replaceAll(column, renamed));
    found += 1;
  }
  if (found === 0) throw new Error(`No compiled file uses ${column} any more: choose another column for the contracting migration.`);
}
