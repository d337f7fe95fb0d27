import type { Command } from "commander";
import { exitMeanings } from "./errors";

/** Adds examples to a command's help. Each is a line as one would type it, `polymint` left out. */
export function addExamples(command: Command, ...lines: readonly string[]): Command {
  return command.addHelpText("after", `\nExamples:\n${lines.map((line) => `  polymint ${line}`).join("\n")}`);
}

/** What every command's help ends with. */
export function formatExitCodes(): string {
  return `\nExit codes:\n${Object.entries(exitMeanings)
    .map(([code, meaning]) => `  ${code}  ${meaning}`)
    .join("\n")}`;
}
