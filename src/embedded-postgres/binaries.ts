import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import type { OsUser } from "./child-process";
import { findBlockedFolder } from "./os-user";
import { getBinariesPackage, getProgramFile, onWindows } from "./platform";

/** The absolute paths of the PostgreSQL programs. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
}

interface LibraryLink {
  readonly source: string;
  readonly target: string;
}

/**
 * Finds the programs in the npm package. If the OS user cannot enter the package (a checkout in /root), or its library links are
 * missing and cannot be made there, uses a copy in `folder`, which is made once per version.
 * @param root the folder of the package; default: where Node finds it
 * @throws Error if the package for this machine is not installed
 */
export function findBinaries(folder: string, osUser: OsUser | undefined, root: string = findPackageRoot()): Binaries {
  const canEnter = findBlockedFolder(osUser, join(root, "native", "bin")) === undefined;
  return locatePrograms(canEnter && linkLibraries(root) ? root : copyPackage(root, folder));
}

function findPackageRoot(): string {
  const name = getBinariesPackage();
  try {
    return realpathSync(dirname(dirname(require.resolve(name))));
  } catch {
    throw new Error(
      `${name} is not installed, so there is no PostgreSQL to start. Set DATABASE_URL to a PostgreSQL of yours, or run ` +
        "npm install without --omit=optional.",
    );
  }
}

function locatePrograms(root: string): Binaries {
  const program = (name: string): string => join(root, "native", "bin", getProgramFile(name));
  return { initdb: program("initdb"), postgres: program("postgres"), pgCtl: program("pg_ctl") };
}

/** npm packages contain no symlinks. An install script makes them, but install scripts may be switched off. @returns whether all links exist */
function linkLibraries(root: string): boolean {
  const list = join(root, "native", "pg-symlinks.json");
  if (onWindows || !existsSync(list)) return true;
  const links = JSON.parse(readFileSync(list, "utf8")) as LibraryLink[];
  return links.every(({ source, target }) => makeLink(join(root, source), join(root, target)));
}

function makeLink(source: string, target: string): boolean {
  if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) return true;
  try {
    symlinkSync(relative(dirname(target), source), target);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EEXIST"; // otherwise the package is read-only, or belongs to another user
  }
}

function copyPackage(root: string, folder: string): string {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const copy = join(folder, `postgresql-${version}`);
  if (existsSync(copy)) return copy;
  const temporary = mkdtempSync(`${copy}-`);
  chmodSync(temporary, 0o755);
  const isNeeded = (path: string): boolean => !path.endsWith(".a");
  cpSync(join(root, "native"), join(temporary, "native"), { recursive: true, verbatimSymlinks: true, filter: isNeeded });
  linkLibraries(temporary);
  try {
    renameSync(temporary, copy);
  } catch {
    rmSync(temporary, { recursive: true, force: true }); // another process was faster
  }
  return copy;
}
