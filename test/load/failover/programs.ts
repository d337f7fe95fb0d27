/** The programs that a run has started. Whatever ends the run, they end with it. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, closeSync, cpSync, mkdirSync, mkdtempSync, openSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findProcesses } from "../../harness/installed-server";

const prefix = "polymint-failover-";

/** A folder whose name says which process made it. All programs of the run have it in their command line or work in it. */
export function makeRunFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`)));
  chmodSync(folder, 0o755);
  return folder;
}

/** Ends and removes what runs left behind that were killed themselves. */
export async function removeLeftovers(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((each) => each.startsWith(prefix))) {
    const [, pid] = /-(\d+)-[^-]*$/.exec(name) ?? [];
    if (pid !== undefined && findProcess(Number(pid))) continue;
    await removeRunFolder(join(tmpdir(), name));
  }
}

/** Whether there is such a process, and it is a run: its id may belong to another one by now. */
function findProcess(pid: number): boolean {
  return findProcesses(join("load", "failover")).some((each) => each.pid === pid);
}

/** Starts a program in a session of its own, so that Ctrl-C reaches the run alone, which then ends the program. */
export function startProgram([command = "", ...args]: readonly string[], folder: string, environment = {}): ChildProcess {
  const log = openSync(join(folder, `${basename(folder)}.log`), "a");
  try {
    return spawn(command, args, {
      cwd: folder,
      detached: true,
      stdio: ["ignore", log, log],
      env: { PATH: process.env.PATH, HOME: folder, LC_ALL: "C.UTF-8", ...environment },
    }).on("error", () => undefined);
  } finally {
    closeSync(log);
  }
}

/** Sends a signal to all programs of a folder, also to those that they start meanwhile. Resolves when none is new. */
export async function signalPrograms(folder: string, signal: NodeJS.Signals): Promise<void> {
  const done = new Set<number>();
  for (;;) {
    const fresh = findProcesses(folder).filter(({ pid }) => !done.has(pid) || signal === "SIGKILL");
    if (fresh.length === 0) return;
    for (const { pid } of fresh) {
      sendSignal(pid, signal);
      done.add(pid);
    }
    await sleep(20);
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

/** Copies the logs of all programs of the run to a folder. */
export function keepLogs(folder: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((each) => each.endsWith(".log")))
    cpSync(join(folder, file), join(to, basename(file)));
}

/** Kills all programs of the folder and removes it. */
export async function removeRunFolder(folder: string): Promise<void> {
  await signalPrograms(folder, "SIGKILL");
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
