import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { listFiles } from "../codegen/list-files";

/**
 * Changes files and then does something more; if that fails, or a file cannot be written, everything is as before.
 * @param changes texts by their path below the folder, undefined to remove the file
 */
export async function changeFiles<Result>(
  root: string,
  changes: ReadonlyMap<string, string | undefined>,
  then: () => Promise<Result>,
): Promise<Result> {
  const before = readTexts(root, [...changes.keys(), ...listFiles(root, "generated")]);
  try {
    for (const [path, text] of changes) writeText(root, path, text, ["openapi"]);
    return await then();
  } catch (error) {
    for (const path of listFiles(root, "generated")) if (!before.has(path)) before.set(path, undefined);
    for (const [path, text] of before) writeText(root, path, text, []);
    throw error;
  }
}

function readTexts(root: string, paths: readonly string[]): Map<string, string | undefined> {
  return new Map(paths.map((path) => [path, existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : undefined]));
}

/** A folder that is empty now is removed too. Codegen needs `openapi/`, so that stays unless everything is undone. */
function writeText(root: string, path: string, text: string | undefined, keeps: readonly string[]): void {
  const file = join(root, path);
  if (text === undefined) {
    rmSync(file, { force: true });
    removeEmptyFolders(root, dirname(path), keeps);
  } else if (!existsSync(file) || readFileSync(file, "utf8") !== text) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

function removeEmptyFolders(root: string, folder: string, keeps: readonly string[]): void {
  const path = join(root, folder);
  if (folder === "." || keeps.includes(folder) || !existsSync(path) || readdirSync(path).length > 0) return;
  rmdirSync(path);
  removeEmptyFolders(root, dirname(folder), keeps);
}
