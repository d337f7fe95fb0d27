import type { Command } from "commander";
import { addExamples, type CommandOutput, makeAction } from "./output";
import { showProgress } from "./progress";

/** `polymint migrate` */
export function addMigrate(program: Command): void {
  const command = program
    .command("migrate")
    .description("bring the database schema up to date; the server does so itself when it starts")
    .option("--check", "change nothing; exit with 1 if a migration is pending")
    .action(makeAction(({ check }: { check?: true }) => (check === true ? showPending() : runMigrations())));
  addExamples(command, "migrate", "migrate --check", "migrate --check --json");
}

async function runMigrations(): Promise<CommandOutput> {
  const { withStore } = await import("./session.js");
  const { migrateToLatest } = await import("../store/database/migrate.js");
  const { recordMigrations } = await import("../audit/changes.js");
  const ran = await withStore(async ({ database }) => {
    const names = await showProgress(migrateToLatest(database));
    await recordMigrations(database, "migrate", names, Date.now());
    return names;
  });
  const text = ran.length === 0 ? "Nothing to do: the schema is up to date." : ran.map((name) => `migrated ${name}`).join("\n");
  return { json: { migrated: ran }, text };
}

async function showPending(): Promise<CommandOutput> {
  const { withStore } = await import("./session.js");
  const { readMigrationState } = await import("../store/database/migrate.js");
  const { pending } = await withStore(({ database }) => readMigrationState(database));
  if (pending.length === 0) return { json: { pending }, text: "The schema is up to date." };
  return { json: { pending }, text: pending.map((name) => `pending ${name}`).join("\n"), exit: 1 };
}
