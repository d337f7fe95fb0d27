/** Makes folders with contracts, as integrators have them beside an installed Polymint. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { transformSync } from "@swc/core";
import { copyCompiledRelease, type BuildRelease } from "../harness/installed-server";

const root = join(__dirname, "..", "..");
const fixture = join(root, "test", "fixtures", "outside");
const folders: string[] = [];

/** Keeps Node from looking for tsx in the folders above. */
export const unusableTsx = ["node_modules/tsx/package.json", '{"name":"tsx","exports":{}}'] as const;

/** Installs Polymint as for production: without the tools that only development needs. */
export const copyWithoutTsx: BuildRelease = (source, folder) => {
  copyCompiledRelease(source, folder);
  const modules = join(folder, "node_modules");
  rmSync(modules);
  mkdirSync(modules);
  for (const name of readdirSync(join(source, "node_modules")))
    if (name !== "tsx") symlinkSync(join(source, "node_modules", name), join(modules, name));
  write(folder, ...unusableTsx);
};

export function removeProjects(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

/** Makes a folder with the fixture's contract, for which nothing is generated yet. */
export function makeTemplate(): string {
  const folder = makeFolder();
  cpSync(fixture, folder, { recursive: true });
  write(folder, "package.json", "{}");
  mkdirSync(join(folder, "node_modules"));
  return folder;
}

/** @param install development dependencies of the folder */
export function makeProject(template: string, ...install: string[]): string {
  const folder = makeFolder();
  cpSync(template, folder, { recursive: true });
  for (const name of install) {
    mkdirSync(dirname(join(folder, "node_modules", name)), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
  }
  return folder;
}

function makeFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "polymint-project-")));
  folders.push(folder);
  return folder;
}

export function write(folder: string, path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** Compiles the folder's TypeScript to `dist/`, as tsc does, and removes it. */
export function compileProject(folder: string): void {
  for (const part of ["generated", "src"]) {
    const names = readdirSync(join(folder, part), { recursive: true, encoding: "utf8" });
    for (const name of names.filter((each) => /\.(ts|json)$/.test(each))) compileFile(folder, join(part, name));
    rmSync(join(folder, part), { recursive: true });
  }
}

function compileFile(folder: string, path: string): void {
  const text = readFileSync(join(folder, path), "utf8");
  const options = { jsc: { target: "es2023", parser: { syntax: "typescript" } }, module: { type: "commonjs" } } as const;
  write(folder, join("dist", path.replace(/\.ts$/, ".js")), path.endsWith(".ts") ? transformSync(text, options).code : text);
}
