import { type Command, InvalidArgumentError } from "commander";
import { quoteWord } from "../process/shell-word";
import type { PageRequest } from "../store/database/page";
import { makeNumberParser, omitUndefined } from "./options";
import type { CommandOutput } from "./output";
import { showProgress } from "./progress";

/** What `addPageOptions` adds to the options of a command. */
export interface PageOptions {
  limit: number;
  after?: string;
}

/** A part of a list. */
export interface Page<Row> {
  rows: Row[];
  /** What `--after` takes to go on; null at the end of the list. */
  next: string | null;
}

const usualLimit = 100;
/** The rows of a page are all in memory. */
export const mostLimit = 10_000;

/**
 * Adds the options of a list that is read in parts.
 * @param cursor what cursors look like
 * @param meaning what `--after` does
 */
export function addPageOptions(
  command: Command,
  cursor = /^\P{Control}+$/u,
  meaning = "begin after this one: what the part before printed at its end, `next` in JSON",
): Command {
  return command
    .option("--limit <n>", "how many at most", makeNumberParser(1, mostLimit), usualLimit)
    .option("--after <cursor>", meaning, (value) => {
      if (value.length <= 512 && cursor.test(value)) return value;
      throw new InvalidArgumentError("It is what this command printed at the end of a list that goes on.");
    });
}

/**
 * Reads a part of a list.
 * @param read gets one row more than fits, which tells whether the list goes on
 * @param toCursor the cursor of a row
 */
export async function readPage<Row>(
  { limit, after }: PageOptions,
  read: (request: PageRequest) => Promise<Row[]>,
  toCursor: (row: Row) => string,
): Promise<Page<Row>> {
  const found = await showProgress(read({ limit: limit + 1, ...omitUndefined({ after }) }));
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  return { rows, next: found.length > limit && last !== undefined ? toCursor(last) : null };
}

/** Adds to the output of a list where it goes on. */
export function formatPage({ json, text }: CommandOutput, next: string | null): CommandOutput {
  const rest = next === null ? "" : `\n\nThere are more. To go on, add: --after ${quoteWord(next)}`;
  return { json: { ...json, next }, text: `${text}${rest}` };
}
