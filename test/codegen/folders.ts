/** Folders with specs, as codegen finds them. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** The checkout that is tested. */
export const root = join(__dirname, "..", "..");

const temporary: string[] = [];

/** Removes every folder that was made. */
export function removeFolders(): void {
  for (const folder of temporary) rmSync(folder, { recursive: true, force: true });
}

/** Makes a folder with these files, by their path below it. */
export function makeFolder(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "polymint-codegen-"));
  temporary.push(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** Makes a folder with the checkout's own specs, which codegen takes for a checkout. */
export function copySpecs(): string {
  const folder = makeFolder({ "package.json": '{"name":"polymint"}' });
  cpSync(join(root, "openapi"), join(folder, "openapi"), { recursive: true });
  return folder;
}

/** Reads all files of a folder, by their path below it. */
export function readFiles(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  return Object.fromEntries(paths.map((path) => [path.slice(folder.length + 1), readFileSync(path, "utf8")]));
}
