import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** One cause of a status, and what the server answered to it in the tests. */
export interface StatusRow {
  status: string;
  cause: string;
  /** In Markdown: the status, headers and the body. */
  answer: string;
}

/** What the tests recorded, by the name of a contract or service, and by "METHOD path" as its own document has it. */
export type RecordedStatuses = ReadonlyMap<string, ReadonlyMap<string, readonly StatusRow[]>>;

/** Reads docs/statuses.md, which the tests write and every release ships. @returns an empty map if it is not there */
export function readRecordedStatuses(): RecordedStatuses {
  const file = findFile(__dirname);
  const recorded = new Map<string, Map<string, StatusRow[]>>();
  let rows: StatusRow[] = [];
  for (const line of file === undefined ? [] : readFileSync(file, "utf8").split("\n")) {
    if (line.startsWith("## ")) {
      const [name = "", call = ""] = line.slice(3).split(" · ");
      rows = [];
      recorded.set(name, (recorded.get(name) ?? new Map<string, StatusRow[]>()).set(call, rows));
    } else if (/^\| \d/.test(line)) {
      const [, status = "", cause = "", answer = ""] = line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
      rows.push({ status, cause, answer });
    }
  }
  return recorded;
}

/** Finds the file beside this package's sources, or beside what was compiled from them. */
function findFile(folder: string): string | undefined {
  const file = join(folder, "docs", "statuses.md");
  if (existsSync(file)) return file;
  return folder === dirname(folder) ? undefined : findFile(dirname(folder));
}
