import { accessSync, chmodSync, constants, existsSync, lstatSync, mkdirSync, readdirSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { blockedAt, ownerAccount, postgresAccount, weAreRoot } from "./os-user";
import { folderHash, onWindows } from "./platform";

/** A folder that cannot hold the database; the message says why and what to do. */
export class UnusableFolder extends Error {}

/**
 * The folder the data will live in, created if missing: the wanted one, or, when it was not chosen by a
 * person and cannot be used, one under /var/lib or the temporary folder. Same answer for the same question.
 * @returns absolute path without symlinks
 * @throws UnusableFolder naming the folder in the way and what to do
 */
export function chooseFolder(wanted: string, explicit: boolean, report: (line: string) => void): string {
  const first = resolve(wanted);
  try {
    return prepare(first);
  } catch (error) {
    // A folder that holds a database we may not use is never replaced by an empty one elsewhere.
    const mayMove = error instanceof UnusableFolder && !explicit && (weAreRoot() || !existsSync(first));
    if (!mayMove || existsSync(join(first, "pgdata"))) throw error;
    return fallback(first, error, report);
  }
}

function fallback(first: string, reason: UnusableFolder, report: (line: string) => void): string {
  const name = `polymint-${folderHash(first)}`;
  for (const parent of onWindows ? [tmpdir()] : ["/var/lib", tmpdir()]) {
    try {
      const folder = preparePrivately(join(parent, name));
      report(`${reason.message} Nobody chose that folder, so the data is kept in ${folder}.`);
      return folder;
    } catch (error) {
      if (!(error instanceof UnusableFolder)) throw error;
    }
  }
  throw reason;
}

/**
 * Creates or checks a folder whose name others can guess, such as one under /tmp: it must be ours alone.
 * @returns absolute path without symlinks
 * @throws UnusableFolder
 */
export function preparePrivately(folder: string): string {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  const ours = found === undefined || onWindows || (found.uid === process.getuid?.() && (found.mode & 0o022) === 0);
  if (ours && found?.isDirectory() !== false) return prepare(folder);
  throw new UnusableFolder(`${folder} belongs to somebody else, or others may write there. Remove it.`);
}

function prepare(folder: string): string {
  const standing = realpathSync(deepestExisting(folder));
  openOurOwn(folder);
  const account = ownerAccount(standing) ?? postgresAccount(join(folder, "pgdata"));
  const blocked = blockedAt(account, standing);
  if (blocked !== undefined) {
    throw new UnusableFolder(
      `The database cannot live in ${folder}: we are root, PostgreSQL then runs as ${account?.name}, ` +
        `who may not enter ${blocked}. Allow that (chmod o+x ${blocked}), choose another folder, ` +
        "or start as an ordinary user.",
    );
  }
  create(folder);
  return realpathSync(folder);
}

function deepestExisting(folder: string): string {
  return existsSync(folder) ? folder : deepestExisting(dirname(folder));
}

function create(folder: string): void {
  try {
    createMissing(folder);
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UnusableFolder(`The database cannot live in ${folder}: ${why}. Choose a folder that you may write, or start as its owner.`);
  }
}

/** 0711 as root, because PostgreSQL's user must pass through; else 0700. Existing folders stay as they are. */
function createMissing(folder: string): void {
  if (existsSync(folder)) return;
  createMissing(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return; // another starter was faster
    throw error;
  }
  chmodSync(folder, weAreRoot() ? 0o711 : 0o700);
}

/** Root's own data folder, empty or used before, is opened for passing through; a home or the like is not. */
function openOurOwn(folder: string): void {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (!weAreRoot() || !found?.isDirectory() || found.uid !== 0 || (found.mode & 0o001) !== 0) return;
  const content = readdirSync(folder);
  if (content.length === 0 || content.includes("pgdata")) chmodSync(folder, found.mode | 0o011);
}
