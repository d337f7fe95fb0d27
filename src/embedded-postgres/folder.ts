import { accessSync, constants, existsSync, lstatSync, mkdirSync, readdirSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setFolderMode } from "../data-folder/files";
import { refuseSharedFolder } from "../data-folder/shared-folder";
import { findBlockedFolder, findFolderOwner, findPostgresUser, isRoot } from "./os-user";
import { hashFolder, onWindows } from "./platform";

/** The folder cannot hold the database. The message says why and what to do. */
export class UnusableFolderError extends Error {}

/**
 * Chooses the folder for the data, and creates it if it is missing: the wanted one or, if no person chose that and it cannot be
 * used, one under /var/lib or the temporary folder. The same arguments always lead to the same folder. One that other users may write to
 * is never replaced: a server that moves away from its data in silence would be worse.
 * @param explicit whether a person chose the folder
 * @returns absolute path without symlinks
 * @throws UnusableFolderError or SharedFolderError that says which folder is the reason, and what to do
 */
export function chooseFolder(wanted: string, explicit: boolean, report: (line: string) => void): string {
  const first = resolve(wanted);
  try {
    return prepareFolder(first);
  } catch (error) {
    // If the folder holds a database that this process may not use, an empty one elsewhere must not replace it.
    const mayMove = error instanceof UnusableFolderError && !explicit && (isRoot() || !existsSync(first));
    if (!mayMove || existsSync(join(first, "pgdata"))) throw error;
    return chooseFallbackFolder(first, error, report);
  }
}

/**
 * Finds the folder that has the data, among those that `chooseFolder` could choose. Creates nothing.
 * @returns undefined if there is no database yet
 * @throws SharedFolderError
 */
export function findDataFolder(wanted: string, explicit: boolean): string | undefined {
  const first = resolve(wanted);
  refuseSharedFolder(first);
  return [first, ...(explicit ? [] : listFallbackFolders(first))].find(mayHaveDatabase);
}

/** The log is there before the database is, while a server starts for the first time. Who opens a folder tells why it cannot be read. */
function mayHaveDatabase(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => name === "pgdata" || name === "keeper.log");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ENOENT";
  }
}

function listFallbackFolders(first: string): string[] {
  const name = `polymint-${hashFolder(first)}`;
  return (onWindows ? [tmpdir()] : ["/var/lib", tmpdir()]).map((parent) => join(parent, name));
}

function chooseFallbackFolder(first: string, reason: UnusableFolderError, report: (line: string) => void): string {
  for (const fallback of listFallbackFolders(first)) {
    try {
      const folder = preparePrivateFolder(fallback);
      report(`${reason.message} You did not choose that folder, so the data is kept in ${folder} instead.`);
      return folder;
    } catch (error) {
      if (!(error instanceof UnusableFolderError)) throw error;
    }
  }
  throw reason;
}

/**
 * Creates or checks a folder whose name other users can guess, such as one under /tmp: only this process's user may write there.
 * @returns absolute path without symlinks
 * @throws UnusableFolderError
 */
export function preparePrivateFolder(folder: string): string {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  const isPrivate = found === undefined || onWindows || (found.uid === process.getuid?.() && (found.mode & 0o022) === 0);
  if (isPrivate && found?.isDirectory() !== false) return prepareFolder(folder);
  throw new UnusableFolderError(`${folder} belongs to another user, or other users may write there. Remove it.`);
}

function prepareFolder(folder: string): string {
  refuseSharedFolder(folder);
  const existing = realpathSync(findDeepestExisting(folder));
  allowTraversal(folder);
  const osUser = findFolderOwner(existing) ?? findPostgresUser(join(folder, "pgdata"));
  const blocked = findBlockedFolder(osUser, existing);
  if (blocked !== undefined) {
    throw new UnusableFolderError(
      `The database cannot live in ${folder}: root's PostgreSQL runs as ${osUser?.name}, ` +
        `who may not enter ${blocked}. Allow that (chmod o+x ${blocked}), choose another folder, ` +
        "or start as an ordinary user.",
    );
  }
  createFolder(folder);
  return realpathSync(folder);
}

function findDeepestExisting(folder: string): string {
  return existsSync(folder) ? folder : findDeepestExisting(dirname(folder));
}

function createFolder(folder: string): void {
  try {
    createMissingFolders(folder);
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UnusableFolderError(
      `The database cannot live in ${folder}: ${reason}. Choose a folder that you may write to, or start as its owner.`,
    );
  }
}

/** Creates folders with mode 0711 as root, because PostgreSQL's user must pass through them, otherwise 0700. Existing folders stay as they are. */
function createMissingFolders(folder: string): void {
  if (existsSync(folder)) return;
  createMissingFolders(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return; // another process was faster
    throw error;
  }
  setFolderMode(folder, isRoot() ? 0o711 : 0o700);
}

/** Lets PostgreSQL's user pass through root's folder if that is empty or a data folder; a home folder stays closed. */
function allowTraversal(folder: string): void {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (!isRoot() || !found?.isDirectory() || found.uid !== 0 || (found.mode & 0o001) !== 0) return;
  const content = readdirSync(folder);
  if (content.length === 0 || content.includes("pgdata")) setFolderMode(folder, (found.mode & 0o7777) | 0o011);
}
