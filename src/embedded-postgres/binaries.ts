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
import { type Account, blockedAt } from "./os-user";
import { binariesPackage, onWindows, programName } from "./platform";

/** Absolute paths of the PostgreSQL programs. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/**
 * The programs from the npm package. When the account cannot reach the package (a checkout in /root), or
 * its library links are missing and cannot be made there, from a copy in `folder`, made once per version.
 * @throws Error when the package for this machine is not installed
 */
export function findBinaries(folder: string, account: Account | undefined): Binaries {
  const root = packageRoot();
  const reachable = blockedAt(account, join(root, "native", "bin")) === undefined;
  return programsIn(reachable && linkLibraries(root) ? root : copyOf(root, folder));
}

function packageRoot(): string {
  const name = binariesPackage();
  try {
    return realpathSync(dirname(dirname(require.resolve(name))));
  } catch {
    throw new Error(
      `${name} is not installed, so there is no PostgreSQL to start. Run npm install without ` +
        "--omit=optional, or configure a PostgreSQL of your own.",
    );
  }
}

function programsIn(root: string): Binaries {
  const program = (name: string): string => join(root, "native", "bin", programName(name));
  return { initdb: program("initdb"), postgres: program("postgres"), pgCtl: program("pg_ctl") };
}

/** npm packages hold no symlinks; an install script makes them, but scripts may be switched off. */
function linkLibraries(root: string): boolean {
  const list = join(root, "native", "pg-symlinks.json");
  if (onWindows || !existsSync(list)) return true;
  const links = JSON.parse(readFileSync(list, "utf8")) as Link[];
  return links.every(({ source, target }) => link(join(root, source), join(root, target)));
}

function link(source: string, target: string): boolean {
  if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) return true;
  try {
    symlinkSync(relative(dirname(target), source), target);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EEXIST"; // else read-only, or somebody else's
  }
}

function copyOf(root: string, folder: string): string {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const place = join(folder, `postgresql-${version}`);
  if (existsSync(place)) return place;
  const temporary = mkdtempSync(`${place}-`);
  chmodSync(temporary, 0o755);
  const needed = (path: string): boolean => !path.endsWith(".a");
  cpSync(join(root, "native"), join(temporary, "native"), { recursive: true, verbatimSymlinks: true, filter: needed });
  linkLibraries(temporary);
  try {
    renameSync(temporary, place);
  } catch {
    rmSync(temporary, { recursive: true, force: true }); // another starter was faster
  }
  return place;
}
