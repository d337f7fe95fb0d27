import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  lchownSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { type OsUser, runChild } from "./child-process";
import type { Binaries } from "./binaries";
import type { DataPaths } from "./paths";
import { getInitdbAccess, onWindows } from "./platform";

/** The superuser of the database, and its only user. */
export const databaseUser = "polymint";

/**
 * Creates PostgreSQL's data directory with initdb unless it exists. It is made under a temporary name and then renamed, so that
 * neither a kill -9 in between nor two processes at once can leave a broken one.
 * @returns whether this call created it
 * @throws Error with the message of initdb
 */
export async function ensureDataDirectory(paths: DataPaths, binaries: Binaries, osUser: OsUser | undefined): Promise<boolean> {
  const isCreated = !existsSync(paths.pgdata) && (await createDataDirectory(paths, binaries, osUser));
  removeLeftovers(paths);
  return isCreated;
}

async function createDataDirectory(paths: DataPaths, binaries: Binaries, osUser: OsUser | undefined): Promise<boolean> {
  const temporary = mkdtempSync(`${paths.pgdata}-new-`);
  if (osUser !== undefined) lchownSync(temporary, osUser.uid, osUser.gid);
  writePassword(paths);
  try {
    await runInitdb(temporary, paths, binaries, osUser);
    renameSync(temporary, paths.pgdata);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true, maxRetries: 3 });
    if (existsSync(paths.pgdata)) return false; // another process was faster
    throw error;
  }
  syncFolder(paths.folder);
  return true;
}

async function runInitdb(target: string, paths: DataPaths, binaries: Binaries, osUser: OsUser | undefined): Promise<void> {
  const options = ["-D", target, "-U", databaseUser, "--encoding=UTF8", "--locale=C", "--no-instructions"];
  try {
    await runChild(binaries.initdb, [...options, ...getInitdbAccess(paths.passwordFile)], { cwd: target, osUser });
  } catch (error) {
    const { message, stderr } = error as Error & { stderr?: string };
    throw new Error(`initdb failed in ${paths.folder}: ${stderr || message}`, { cause: error });
  }
}

function writePassword(paths: DataPaths): void {
  if (!onWindows) return;
  try {
    writeFileSync(paths.passwordFile, randomBytes(24).toString("base64url"), { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error; // two processes at once use the same one
  }
}

/** Once the data directory exists, every unfinished one is a leftover, or its maker will find that it came too late. */
function removeLeftovers(paths: DataPaths): void {
  const prefix = `${basename(paths.pgdata)}-new-`;
  for (const name of readdirSync(paths.folder)) {
    if (name.startsWith(prefix)) removeIfPossible(join(dirname(paths.pgdata), name));
  }
}

function removeIfPossible(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // Another process's initdb still writes there; the next start removes the rest.
  }
}

/** Makes the rename survive a power cut. Windows cannot open folders, and does not need this. */
function syncFolder(folder: string): void {
  if (onWindows) return;
  const handle = openSync(folder, "r");
  fsyncSync(handle);
  closeSync(handle);
}
