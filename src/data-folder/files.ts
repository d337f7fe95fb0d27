/**
 * The files of a data folder. Root may use a folder of another user, who could put a link to one of root's files there: no file is
 * opened through a link, and none that has another name elsewhere is written to.
 */
import { randomBytes } from "node:crypto";
import { closeSync, constants, fchmodSync, fstatSync, linkSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** A file in the data folder is a link, no file at all, or damaged. The message says what to do. */
export class UnsafeFileError extends Error {}

/** Windows has neither of them. Without O_NONBLOCK, opening a pipe would wait for its other end. */
const safeFlags = process.platform === "win32" ? 0 : constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** What the system says of a symbolic link (BSD: EMLINK), of a pipe without a reader, and of a folder. */
const unsafeCodes = new Set(["ELOOP", "EMLINK", "ENXIO", "EISDIR"]);

/** @returns the content, or undefined if there is no such file. @throws UnsafeFileError */
export function readDataFile(path: string): string | undefined {
  let file: number;
  try {
    file = openSafely(path, constants.O_RDONLY);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return readFileSync(file, "utf8");
  } finally {
    closeSync(file);
  }
}

/**
 * @returns the value that a JSON file holds, or undefined if there is no such file
 * @throws UnsafeFileError
 */
export function readDataJson(path: string): unknown {
  const text = readDataFile(path);
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    // The cause would quote the file, which has secrets in it.
    throw new UnsafeFileError(`${path} is damaged: it is not JSON. Put back an undamaged copy.`);
  }
}

/**
 * Opens a file for appending; a new one can be read by this user only.
 * @returns a file descriptor, which the caller must close
 * @throws UnsafeFileError
 */
export function openForAppending(path: string): number {
  return openSafely(path, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND);
}

/** Writes a file, complete or not at all, that only this user can read. @returns false if there is one already, which stays */
export function createDataFile(path: string, text: string): boolean {
  return withDraft(path, text, (draft) => {
    try {
      linkSync(draft, path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      return false;
    }
  });
}

/** As `createDataFile`, but replaces one that exists. A link is replaced itself, and not what it leads to. */
export function replaceDataFile(path: string, text: string): void {
  withDraft(path, text, (draft) => renameSync(draft, path));
}

/** Sets the mode of a folder, which must not be a link. Does nothing on Windows. */
export function setFolderMode(folder: string, mode: number): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    fchmodSync(handle, mode);
  } finally {
    closeSync(handle);
  }
}

/** The name cannot be guessed, and "wx" follows no link. */
function withDraft<T>(path: string, text: string, use: (draft: string) => T): T {
  const draft = `${path}.${randomBytes(8).toString("hex")}`;
  try {
    writeFileSync(draft, text, { flag: "wx", mode: 0o600 });
    return use(draft);
  } finally {
    rmSync(draft, { force: true });
  }
}

function openSafely(path: string, flags: number): number {
  let file: number;
  try {
    file = openSync(path, flags | safeFlags, 0o600);
  } catch (error) {
    throw unsafeCodes.has((error as NodeJS.ErrnoException).code ?? "") ? makeUnsafeFileError(path) : error;
  }
  const found = fstatSync(file);
  if (process.platform !== "win32" && (found.mode & 0o022) !== 0) {
    closeSync(file);
    throw new UnsafeFileError(
      `Other users may write to ${path}. Make sure that it holds what it should, and forbid that: chmod go-w ${path}`,
    );
  }
  // For reading, a second name is allowed: `createDataFile` gives every new file two for a moment.
  if (found.isFile() && (found.nlink === 1 || flags === constants.O_RDONLY)) return file;
  closeSync(file);
  throw makeUnsafeFileError(path);
}

function makeUnsafeFileError(path: string): UnsafeFileError {
  return new UnsafeFileError(`${path} is a link, or no file at all. The server opens only files of the data folder itself. Remove it.`);
}
