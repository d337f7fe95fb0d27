/** Compiles the sources once for all test files that start Polymint as a process of its own. */
import { createHash, randomUUID } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Options, transformSync } from "@swc/core";

/** `import()` is not compiled, since some modules that are loaded with it are not CommonJS. */
const options: Options = {
  jsc: { target: "es2023", parser: { syntax: "typescript" } },
  module: { type: "commonjs", ignoreDynamic: true, exportInteropAnnotation: true },
  swcrc: false,
};
const compiledFolders = ["src", "generated"];
const staleAfterMs = 86_400_000;

/**
 * Compiles Polymint to JavaScript, with all that it needs to run, as `make build` does but without checking types. The folder
 * is named after the content of the sources, so that it is made once for all test files and runs, and is never stale.
 * @param source the folder of a release
 * @returns a folder with `dist`, not to be changed
 */
export function compileRelease(source: string): string {
  const files = readSources(source);
  const shared = join(tmpdir(), `polymint-compiled-${process.getuid?.() ?? "user"}`);
  const folder = join(shared, hashRelease(source, files));
  if (existsSync(folder)) utimesSync(folder, new Date(), new Date());
  else buildRelease(folder, source, files);
  return folder;
}

/** @returns the text of each file, by its path below `source` */
function readSources(source: string): Map<string, string> {
  const files = compiledFolders.flatMap((folder) =>
    readdirSync(join(source, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(source.length + 1)),
  );
  return new Map(files.sort().map((path) => [path, readFileSync(join(source, path), "utf8")]));
}

function hashRelease(source: string, files: ReadonlyMap<string, string>): string {
  const hash = createHash("sha256").update(JSON.stringify([options, realpathSync(join(source, "node_modules")), [...files]]));
  for (const path of ["package.json", ...listFiles(source, "migrations")]) hash.update(path).update(readFileSync(join(source, path)));
  return hash.digest("hex").slice(0, 16);
}

function listFiles(source: string, folder: string): string[] {
  return readdirSync(join(source, folder))
    .sort()
    .map((name) => join(folder, name));
}

/** Fills a folder under another name and renames it when it is complete, since two test processes may do so at once. */
function buildRelease(folder: string, source: string, files: ReadonlyMap<string, string>): void {
  const draft = `${folder}.${randomUUID()}`;
  for (const [path, text] of files) writeCompiled(join(draft, "dist", path), text);
  symlinkSync(realpathSync(join(source, "node_modules")), join(draft, "node_modules"));
  cpSync(join(source, "package.json"), join(draft, "package.json"));
  cpSync(join(source, "migrations"), join(draft, "migrations"), { recursive: true });
  try {
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
  removeStale(dirname(folder));
}

function writeCompiled(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  if (!path.endsWith(".ts")) writeFileSync(path, text);
  else writeFileSync(path.replace(/\.ts$/, ".js"), transformSync(text, { ...options, filename: path }).code);
}

/** Removes folders that were not used for a day. */
function removeStale(shared: string): void {
  for (const name of readdirSync(shared)) {
    const { mtimeMs } = statSync(join(shared, name), { throwIfNoEntry: false }) ?? { mtimeMs: Infinity };
    if (mtimeMs < Date.now() - staleAfterMs) rmSync(join(shared, name), { recursive: true, force: true });
  }
}
