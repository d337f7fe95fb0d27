import { closeSync, fstatSync, ftruncateSync, writeSync } from "node:fs";
import { openForAppending, readDataFile } from "../data-folder/files";

const maxLogBytes = 1_000_000;

/**
 * Opens a log for appending, and empties it first if it has grown over a megabyte.
 * @returns a file descriptor, which the caller must close
 * @throws UnsafeFileError
 */
export function openLog(path: string): number {
  const log = openForAppending(path);
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
    return (readDataFile(path) ?? "").trimEnd().split("\n").slice(-count).join("\n");
  } catch {
    return "";
  }
}
