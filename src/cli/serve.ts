import type { Command } from "commander";
import { settings } from "../config";
import { describeSetting } from "../config/reader";
import { addExamples, formatTable } from "./output";
import { findLineWidth, wrapText } from "./text-width";

/** Adds the command `polymint serve`. */
export function addServe(program: Command): void {
  const command = program
    .command("serve")
    .description("start the server; SIGTERM or Ctrl-C stops it once the requests in progress are finished")
    .option("--demo", "seed a demo client per contract and print a curl command for each")
    .option("--sandbox", "serve with the sandbox, where requests can be refused on purpose; --demo has it too")
    .option("--contracts <dir>", "serve the contracts of this folder too; CONTRACTS_FOLDER says so to every command")
    .action(async ({ demo, sandbox, contracts }: { demo?: true; sandbox?: true; contracts?: string }) => {
      // Only this command needs the server's modules.
      const { serve } = await import("../main.js");
      await serve({ demo: demo === true, sandbox: sandbox === true, contractsFolder: contracts });
    });
  command.addHelpText("after", () => `\nSettings, from the environment:\n${indentLines(formatSettings(findLineWidth() - indent.length))}`);
  addExamples(command, "serve", "serve --demo", "serve --sandbox", "serve --demo --contracts ../our-contracts").addHelpText(
    "after",
    "  PORT=8080 DATABASE_URL=postgres://polymint@db.example/polymint polymint serve",
  );
}

const indent = "  ";
/** Columns that a table of the settings needs, or its last column becomes too narrow to read. */
const tableWidth = 120;

function formatSettings(width: number): string {
  const rows = settings.map((setting) => [setting.name, setting.fallback, describeSetting(setting)] as const);
  if (width >= tableWidth) return formatTable(["NAME", "DEFAULT", "MEANING"], rows, width);
  const entries = rows.map(([name, fallback, meaning]) => [
    `${name} (${fallback})`,
    ...wrapText(meaning, width - 4).map((line) => `    ${line}`),
  ]);
  return entries.flat().join("\n");
}

function indentLines(text: string): string {
  return text.replace(/^/gm, indent);
}
