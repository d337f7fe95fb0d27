import type { Command } from "commander";
import { describeFailure, exitMeanings, type Failure } from "./errors";
import { makeSafe, measureText, padText, wrapText } from "./text-width";

/** The result of a command: the same content once for programs and once for people. */
export interface CommandOutput {
  /** Keys are snake_case, times ISO 8601. */
  json: Readonly<Record<string, unknown>>;
  text: string;
  /** Sentences for standard error; with `--json` the member `warnings`. */
  warnings?: readonly string[];
  /** The exit code; 0 if left out. */
  exit?: number;
}

/** Makes a commander action that does the work and writes the output it returns. */
export function makeAction<A extends unknown[]>(work: (...args: A) => Promise<CommandOutput>): (...args: [...A, Command]) => Promise<void> {
  return async (...args) => {
    const command = args.at(-1) as Command;
    const output = await work(...(args.slice(0, -1) as A));
    writeOutput(output, command.optsWithGlobals<{ json?: boolean }>().json === true);
  };
}

function writeOutput({ json, text, warnings = [], exit = 0 }: CommandOutput, asJson: boolean): void {
  if (asJson) process.stdout.write(`${JSON.stringify(warnings.length === 0 ? json : { ...json, warnings }, null, 2)}\n`);
  else {
    process.stdout.write(`${text}\n`);
    for (const warning of warnings) process.stderr.write(`polymint: ${warning}\n`);
  }
  process.exitCode = exit;
}

/**
 * Writes to standard error why a command failed, with the stack only if LOG_LEVEL is debug.
 * @returns the failure
 */
export function writeFailure(thrown: unknown, asJson: boolean): Failure {
  const failure = describeFailure(thrown);
  const stack = process.env.LOG_LEVEL === "debug" && thrown instanceof Error ? thrown.stack : undefined;
  const { code, message } = failure;
  if (asJson) process.stderr.write(`${JSON.stringify({ error: { code, message, ...(stack === undefined ? {} : { stack }) } })}\n`);
  else process.stderr.write(`polymint: ${message}\n${stack === undefined ? "" : `${stack}\n`}`);
  return failure;
}

export type Cell = string | number | null;

const columnGap = "  ";

/**
 * Formats rows under their headings, columns aligned.
 * @param width columns of a line at most, for which the last column is wrapped
 */
export function formatTable(headings: readonly string[], rows: readonly (readonly Cell[])[], width = Infinity): string {
  const lines = [headings, ...rows.map((row) => row.map(formatCell))];
  const widths = headings.map((_heading, column) => Math.max(...lines.map((line) => measureText(line[column] ?? ""))));
  const taken = widths.slice(0, -1).reduce((sum, each) => sum + each + columnGap.length, 0);
  const lastWidth = Math.max(width - taken, leastLastColumn);
  return lines
    .flatMap((line) => {
      const first = line.slice(0, -1).map((cell, column) => padText(cell, widths[column] ?? 0) + columnGap);
      return wrapText(line.at(-1) ?? "", lastWidth).map((part, at) => ((at === 0 ? first.join("") : " ".repeat(taken)) + part).trimEnd());
    })
    .join("\n");
}

/** Columns that the last column of a table gets, even if the line is then too long. */
const leastLastColumn = 20;

/** Formats one value per line, after its name. */
export function formatDetails(values: Readonly<Record<string, Cell>>): string {
  const widest = Math.max(...Object.keys(values).map(measureText));
  return Object.entries(values)
    .map(([name, value]) => `${padText(name, widest)}${columnGap}${formatCell(value)}`)
    .join("\n");
}

/** ISO 8601, whole seconds, UTC. */
export function formatTime(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString().replace(/\.\d{3}Z$/, "Z");
}

/** As `formatTime`, for a time that may be absent. */
export function formatTimeOrNull(epochSeconds: number | null | undefined): string | null {
  return epochSeconds === null || epochSeconds === undefined ? null : formatTime(epochSeconds);
}

/** Joins items for one cell; null if there are none. */
export function joinItems(items: readonly string[]): string | null {
  return items.length === 0 ? null : items.join(", ");
}

function formatCell(cell: Cell): string {
  return cell === null ? "-" : makeSafe(String(cell));
}

/** Adds examples to a command's help. Each is a command line without `polymint`. */
export function addExamples(command: Command, ...lines: readonly string[]): Command {
  return command.addHelpText("after", `\nExamples:\n${lines.map((line) => `  polymint ${line}`).join("\n")}`);
}

/** The end of every command's help. */
export function formatExitCodes(): string {
  return `\nExit codes:\n${Object.entries(exitMeanings)
    .map(([code, meaning]) => `  ${code}  ${meaning}`)
    .join("\n")}`;
}
