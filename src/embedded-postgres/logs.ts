import { closeSync, constants, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { onWindows } from "./platform";

const LOG_BYTES = 1_000_000;

/**
 * Opens a log for appending, emptied first when it has grown over a megabyte. Never follows a symlink:
 * root may be writing into somebody else's folder.
 * @returns a file descriptor that the caller closes
 */
export function openLog(path: string): number {
  const straight = onWindows ? 0 : constants.O_NOFOLLOW;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | straight;
  const log = openSync(path, flags, 0o600);
  if (fstatSync(log).size > LOG_BYTES) ftruncateSync(log, 0);
  return log;
}

/** Appends one line with the time and our pid. */
export function writeLog(path: string, line: string): void {
  const log = openLog(path);
  writeSync(log, `${new Date().toISOString()} [${process.pid}] ${line}\n`);
  closeSync(log);
}

/** The last lines of a log, or an empty string when there is none to read. */
export function lastLines(path: string, count: number): string {
  try {
    return readFileSync(path, "utf8").trimEnd().split("\n").slice(-count).join("\n");
  } catch {
    return "";
  }
}
