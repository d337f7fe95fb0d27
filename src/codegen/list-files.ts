import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * Lists the files in a folder and in those below it.
 * @returns paths below `root`, with `/` on every system; empty if there is no such folder
 */
export function listFiles(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(root.length + 1)
        .replaceAll("\\", "/"),
    )
    .sort();
}
