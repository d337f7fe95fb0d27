/** Packs Polymint as npm does, and installs the package into a project. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { makeCheckout } from "../../harness/checkout";
import type { BuildRelease } from "../../harness/installed-server";

const root = join(__dirname, "..", "..", "..");
const tsc = join(root, "node_modules", "typescript", "bin", "tsc");

/** What `npm pack` made. */
export interface NpmPackage {
  tarball: string;
  /** Paths in the package, such as `dist/src/index.js`. */
  files: string[];
  bytes: number;
  remove(): void;
}

/** Builds as `make build` does, but without checking types again, and packs it. */
export function packPolymint(): NpmPackage {
  const checkout = makeCheckout("bin", "docs", "README.md", "CHANGELOG.md", "SECURITY.md");
  const folder = mkdtempSync(join(tmpdir(), "polymint-package-"));
  try {
    execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json", "--noCheck"], { cwd: checkout.folder });
    execFileSync("npm", ["run", "--silent", "bundle-client"], { cwd: checkout.folder });
    execFileSync(process.execPath, [join("dist", "src", "front-door", "docs", "copy-bundle.js")], { cwd: checkout.folder });
    writeFileSync(join(checkout.folder, "dist", ".built"), "");
    const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
    const packed = JSON.parse(execFileSync("npm", pack, { cwd: checkout.folder, encoding: "utf8" })) as { filename: string }[];
    const tarball = join(folder, packed[0]?.filename ?? "");
    const listed = execFileSync("tar", ["tzf", tarball], { encoding: "utf8" }).trim().split("\n");
    const files = listed.map((path) => path.replace(/^package\//, ""));
    return { tarball, files, bytes: statSync(tarball).size, remove: () => rmSync(folder, { recursive: true }) };
  } finally {
    checkout.remove();
  }
}

/**
 * Installs the package into a folder as `npm install` does. What it depends on is linked, and nothing else is there: no tool and
 * no type that only this checkout has.
 */
export function installInto(npmPackage: NpmPackage): BuildRelease {
  return (source, folder) => {
    const target = join(folder, "node_modules", "polymint");
    mkdirSync(target, { recursive: true });
    execFileSync("tar", ["xzf", npmPackage.tarball, "--strip-components=1", "-C", target]);
    mkdirSync(join(folder, "node_modules", ".bin"));
    symlinkSync(join("..", "polymint", "bin", "polymint.js"), join(folder, "node_modules", ".bin", "polymint"));
    for (const { path } of listProductionPackages(source)) {
      const [installed, link] = [join(source, path), join(folder, path)];
      if (path.lastIndexOf("node_modules/") > 0 || !existsSync(installed)) continue;
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(installed, link);
    }
  };
}

/** A package that `npm install polymint` brings. */
export interface LockedPackage {
  /** Such as `node_modules/pg`. */
  path: string;
  name: string;
  version: string;
  /** Whether --omit=optional leaves it out. */
  optional: boolean;
}

/** @returns what the lock file of this checkout has, but for what only development needs */
export function listProductionPackages(source = root): LockedPackage[] {
  const lock = JSON.parse(readFileSync(join(source, "package-lock.json"), "utf8")) as {
    packages: Record<string, { version: string; dev?: boolean; optional?: boolean }>;
  };
  return Object.entries(lock.packages)
    .filter(([path, { dev }]) => path !== "" && dev !== true)
    .map(([path, { version, optional = false }]) => ({ path, name: path.replace(/^.*node_modules\//, ""), version, optional }));
}

/** Compiles the folder as strictly as TypeScript can, with all declarations of libraries. @throws Error with what it finds */
export function compileStrictly(folder: string): void {
  const compilerOptions = { module: "nodenext", target: "es2022", strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "integrator", type: "module" }));
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  try {
    execFileSync(process.execPath, [tsc, "-p", "."], { cwd: folder, encoding: "utf8" });
  } catch (error) {
    throw new Error((error as { stdout: string }).stdout, { cause: error });
  }
}
