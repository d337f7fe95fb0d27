import { execFile } from "node:child_process";
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
import { promisify } from "node:util";
import { type Account, runAs } from "./os-user";
import type { Binaries } from "./binaries";
import type { Places } from "./paths";
import { initdbAccess, onWindows } from "./platform";

/** The database superuser, and the only user. */
export const DATABASE_USER = "polymint";

/**
 * Makes the cluster (initdb) unless there is one. It is made beside its place and renamed, so that neither
 * a kill -9 half way nor two at once can leave a broken one.
 * @returns whether this call made it
 * @throws Error with the words of initdb
 */
export async function createCluster(places: Places, binaries: Binaries, account: Account | undefined): Promise<boolean> {
  const made = !existsSync(places.pgdata) && (await createBeside(places, binaries, account));
  removeLeftovers(places);
  return made;
}

async function createBeside(places: Places, binaries: Binaries, account: Account | undefined): Promise<boolean> {
  const temporary = mkdtempSync(`${places.pgdata}-new-`);
  if (account !== undefined) lchownSync(temporary, account.uid, account.gid);
  writePassword(places);
  try {
    await initdb(temporary, places, binaries, account);
    renameSync(temporary, places.pgdata);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true, maxRetries: 3 });
    if (existsSync(places.pgdata)) return false; // another starter was faster
    throw error;
  }
  syncFolder(places.folder);
  return true;
}

async function initdb(target: string, places: Places, binaries: Binaries, account: Account | undefined): Promise<void> {
  const options = ["-D", target, "-U", DATABASE_USER, "--encoding=UTF8", "--locale=C", "--no-instructions"];
  try {
    await promisify(execFile)(binaries.initdb, [...options, ...initdbAccess(places.passwordFile)], {
      cwd: target,
      windowsHide: true,
      ...runAs(account),
    });
  } catch (error) {
    const { message, stderr } = error as Error & { stderr?: string };
    throw new Error(`initdb failed in ${places.folder}: ${stderr || message}`, { cause: error });
  }
}

function writePassword(places: Places): void {
  if (!onWindows) return;
  try {
    writeFileSync(places.passwordFile, randomBytes(24).toString("base64url"), { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error; // two at once use the same one
  }
}

/** Once there is a cluster, every half-made one is a leftover or about to lose. */
function removeLeftovers(places: Places): void {
  const prefix = `${basename(places.pgdata)}-new-`;
  for (const name of readdirSync(places.folder)) {
    if (name.startsWith(prefix)) removeIfPossible(join(dirname(places.pgdata), name));
  }
}

function removeIfPossible(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // An initdb that is about to lose still writes there; the next start removes the rest.
  }
}

/** Makes the rename survive a power cut. Windows cannot open folders and needs none. */
function syncFolder(folder: string): void {
  if (onWindows) return;
  const handle = openSync(folder, "r");
  fsyncSync(handle);
  closeSync(handle);
}
