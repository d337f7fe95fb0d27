import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { InstalledServer } from "../../../harness/installed-server";

/** A column of `clients` that every release so far reads for each token, and what a careless one calls it. */
const column = "lifetime_seconds";
const renamed = "seconds_of_life";

const migration = `
exports.up = (knex) => knex.raw("ALTER TABLE clients RENAME COLUMN ${column} TO ${renamed}");
exports.down = (knex) => knex.raw("ALTER TABLE clients RENAME COLUMN ${renamed} TO ${column}");
`;

/**
 * What must not be: makes of a release one whose migration takes a column away from under the release before it. On its own
 * it works, for it knows the column by its new name.
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
  if (found === 0) throw new Error(`there is no ${column} any more: the contracting migration needs another column`);
}
