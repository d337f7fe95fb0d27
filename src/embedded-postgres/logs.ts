import { closeSync, constants, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { onWindows } from "./platform";

const maxLogBytes = 1_000_000;

/**
 * Opens a log for appending, and empties it first if it has grown over a megabyte. Never follows a symlink: root may be writing
 * into a folder that belongs to another user.
 * @returns a file descriptor, which the caller must close
 */
export function openLog(path: string): number {
  const noFollow = onWindows ? 0 : constants.O_NOFOLLOW;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | noFollow;
  const log = openSync(path, flags, 0o600);
  if (fstatSync(log).size > maxLogBytes) ftruncateSync(log, 0);
  return log;
}

/** Appends one line, with the time and the process id. */
export function writeLog(path: string, line: string): void {
  const log = openLog(path);
  writeSync(log, `${new Date().toISOString()} [${process.pid}] ${line}\n`);
  closeSync(log);
}

/** @returns the last lines of a log, or an empty string if it cannot be read */
export function readLastLines(path: string, count: number): string {
  try {
    return readFileSync(path, "utf8").trimEnd().split("\n").slice(-count).join("\n");
  } catch {
    return "";
  }
}
