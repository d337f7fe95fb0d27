/** Chooses the temporary folder of a test run. */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The memory that Linux shares out as files. Containers may have little of it. */
const memory = "/dev/shm";
const neededBytes = 4 * 2 ** 30;

/**
 * A database is 450 files and a new data folder of PostgreSQL a thousand. The tests make and remove hundreds of them, and ext4 takes
 * ten times as long as memory for that: it passes over the inodes of all files that were removed a short time ago. `TMPDIR` decides
 * if it is set.
 */
export function chooseTemporaryFolder(): void {
  if (process.env.TMPDIR !== undefined || !hasRoom()) return;
  const folder = join(memory, `polymint-tests-${process.getuid?.() ?? "user"}`);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  if (canRunProgrammes(folder)) process.env.TMPDIR = folder;
}

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(memory);
    return bavail * bsize >= neededBytes;
  } catch {
    return false;
  }
}

/** Some systems forbid it there, and some tests build a program, or copy those of PostgreSQL. */
function canRunProgrammes(folder: string): boolean {
  const program = join(folder, `probe-${process.pid}`);
  writeFileSync(program, "#!/bin/sh\n", { mode: 0o755 });
  try {
    execFileSync(program);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(program);
  }
}
