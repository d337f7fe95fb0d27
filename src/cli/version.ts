import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { findMigrationsFolder, listMigrations } from "../store/database/migrate";

/** Prints which release this is. The newest migration tells whether it fits a database. */
export function printVersion(asJson: boolean): void {
  const version = readVersion();
  const facts = { version, node: process.versions.node, migration: listMigrations().at(-1) ?? null };
  process.stdout.write(`${asJson ? JSON.stringify(facts, null, 2) : version}\n`);
}

/** @returns the version in Polymint's own package.json */
export function readVersion(): string {
  const manifest = join(dirname(findMigrationsFolder()), "package.json");
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}
