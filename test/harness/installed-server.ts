/** Installs Polymint in a folder and runs its commands as processes, as its operators do. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { TestDatabase } from "../../src/testkit/test-database";
import { compileRelease } from "./compiled";

const root = join(__dirname, "..", "..");

/** A compiled Polymint with a data folder. It gets none of the tests' environment variables. */
export interface InstalledServer {
  /** Holds everything, and is removed at the end. Other users may pass through it. */
  folder: string;
  /** The folder that `POLYMINT_DATA` names. */
  data: string;
  /** Starts `polymint serve` with these settings in addition to `POLYMINT_DATA`. */
  serve(settings: Readonly<Record<string, string>>, ...flags: string[]): ServerProcess;
  /** Runs any other command of `polymint`. */
  run(args: readonly string[], settings?: Readonly<Record<string, string>>): Promise<ProcessResult>;
  /** Kills the processes that still run, and removes the folder. */
  remove(): Promise<void>;
}

/** How a process ended. */
export interface ProcessResult {
  /** Null if a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A server process that was started. */
export interface ServerProcess {
  pid: number;
  /** The output so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves when the server says where it listens. @throws Error with its output if it ends before that */
  waitUntilListening(): Promise<void>;
  ended: Promise<ProcessResult>;
  kill(signal: NodeJS.Signals): void;
}

/** Fills a folder with `dist` and all that it needs to run. */
export type BuildRelease = (source: string, folder: string) => void;

/** Copies the release that is compiled once for all tests. It runs the same, and takes a tenth of the time. */
export const copyCompiledRelease: BuildRelease = (source, folder) => cpSync(compileRelease(source), folder, { recursive: true });

/**
 * Installs Polymint into a folder of its own.
 * @param source the folder of another release with its dependencies; default this one
 * @param command the path of the `polymint` command below the folder
 */
export function installServer(
  source = root,
  build = copyCompiledRelease,
  command = join("dist", "src", "cli", "polymint.js"),
): InstalledServer {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "polymint-run-")));
  chmodSync(folder, 0o755);
  build(source, folder);

  const cli = join(folder, command);
  const data = join(folder, "data");
  const running = new Set<ChildProcess>();
  const start = (args: readonly string[], settings: Readonly<Record<string, string>>): ServerProcess => {
    // In a test no load balancer needs time to notice that a server is about to end.
    const environment = { PATH: process.env.PATH ?? "", POLYMINT_DATA: data, DRAIN_ACCEPT_MS: "100", ...settings };
    const child = spawn(process.execPath, [cli, ...args], { cwd: folder, env: environment, stdio: ["ignore", "pipe", "pipe"] });
    running.add(child);
    child.once("exit", () => running.delete(child));
    return collectOutput(child);
  };
  return {
    folder,
    data,
    serve: (settings, ...flags) => start(["serve", ...flags], settings),
    run: (args, settings = {}) => start(args, settings).ended,
    remove: async () => {
      for (const child of running) child.kill("SIGKILL");
      hurryKeepers(folder);
      await until("all processes have ended", () => findProcesses(folder).length === 0, 15_000).catch(() => {
        for (const { pid } of findProcesses(folder)) process.kill(pid, "SIGKILL");
      });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function collectOutput(child: ChildProcess): ServerProcess {
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
  let isOver = false;
  const ended = new Promise<ProcessResult>((resolve) => {
    child.once("close", (code) => {
      isOver = true;
      resolve({ code, stdout, stderr });
    });
  });
  return {
    pid: child.pid ?? -1,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    kill: (signal) => void child.kill(signal),
    waitUntilListening: async () => {
      await until("the server listens", () => isOver || /^(Ctrl-C stops|Polymint listens)/m.test(stdout), 30_000);
      if (isOver) throw new Error(`the server ended:\n${stdout}\n${stderr}`);
    },
  };
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("no port"))));
    });
  });
}

/** Waits until a condition holds. @throws Error with `what` if it does not within so many milliseconds */
export async function until(what: string, holds: () => boolean | Promise<boolean>, withinMs = 8_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`This did not happen within ${withinMs / 1000} s: ${what}.`);
    await sleep(25);
  }
}

/** Reads the curl commands of the demo banner, by contract. */
export function readBannerCurls(banner: string): Record<string, string> {
  return Object.fromEntries([...banner.matchAll(/^# (\S+)\n(curl [\s\S]*?)\n\n/gm)].map(([, name = "", curl = ""]) => [name, curl]));
}

/** Runs a command in a shell without any settings. @returns its output */
export function runInShell(command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile("bash", ["-c", command], { cwd: "/", env: { PATH: process.env.PATH } }, (error, stdout, stderr) =>
      error === null ? resolve(stdout) : reject(new Error(`${error.message}\n${stderr}`)),
    );
  });
}

/** The value of `DATABASE_URL` for a test database. */
export function databaseUrlOf({ connection }: TestDatabase): string {
  if (typeof connection.connectionString === "string") return connection.connectionString;
  const { host, port, user, database } = connection as { host: string; port: number; user: string; database: string };
  // With a user before an empty host it would be no URL by the URL standard, and the sandbox could not read the name.
  return `postgres:///${database}?user=${user}&host=${encodeURIComponent(host)}&port=${port}`;
}

/** A process of this machine. */
export interface RunningProcess {
  pid: number;
  parent: number;
  command: string;
}

/** Finds the processes that have this folder in their command line, in their environment or as their working folder. */
export function findProcesses(folder: string): RunningProcess[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids.flatMap((pid) => {
    const command = readProcFile(pid, "cmdline").replaceAll("\0", " ");
    const traces = [command, readProcFile(pid, "environ"), readWorkingFolder(pid)];
    if (command === "" || !traces.some((trace) => trace.includes(folder))) return [];
    const parent = /\) \S (\d+)/.exec(readProcFile(pid, "stat"))?.[1];
    return [{ pid: Number(pid), parent: Number(parent), command }];
  });
}

/** Lets the keepers of embedded databases end at once when their last user has left: they would wait a second for another one. */
export function hurryKeepers(folder: string): void {
  for (const { pid, command } of findProcesses(folder)) if (/\/keeper\.[jt]s /.test(command)) process.kill(pid, "SIGTERM");
}

function readProcFile(pid: string, what: string): string {
  try {
    return readFileSync(`/proc/${pid}/${what}`, "utf8");
  } catch {
    return "";
  }
}

function readWorkingFolder(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return "";
  }
}
