import type { Command } from "commander";
import { settings } from "../config";
import { addExamples, formatTable } from "./output";

/** `polymint serve` */
export function addServe(program: Command): void {
  const command = program
    .command("serve")
    .description("start the server; SIGTERM or Ctrl-C ends it when what is in progress is done")
    .option("--demo", "seed a demo client per contract and print a curl for each")
    .action(async ({ demo }: { demo?: true }) => {
      const { serve } = await import("../main.js");
      await serve({ demo: demo === true });
    });
  command.addHelpText("after", () => `\nSettings, from the environment:\n${indentLines(formatSettings())}`);
  addExamples(command, "serve", "serve --demo").addHelpText(
    "after",
    "  PORT=8080 DATABASE_URL=postgres://polymint@db.example/polymint polymint serve",
  );
}

function formatSettings(): string {
  return formatTable(
    ["NAME", "DEFAULT", "MEANING"],
    settings.map(({ name, fallback, meaning }) => [name, fallback, meaning]),
  );
}

function indentLines(text: string): string {
  return text.replace(/^/gm, "  ");
}
