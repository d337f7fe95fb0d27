import { type ChildProcess, fork, spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { text } from "node:stream/consumers";
import { join } from "node:path";
import { compileRelease } from "../harness/compiled";
import { hurryKeepers } from "../harness/installed-server";

const root = join(__dirname, "..", "..");
const compiled = join(compileRelease(root), "dist", "src");
const cli = join(compiled, "cli", "polymint.js");

export interface CommandResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  input?: string | Buffer;
  env?: Readonly<Record<string, string>>;
}

/** Runs the compiled command line on one data folder and with only these settings in the environment. */
export function makePolymint(dataFolder: string, settings: Readonly<Record<string, string>> = {}) {
  const base = { PATH: process.env.PATH ?? "", POLYMINT_DATA: dataFolder, ...settings };
  let runner: CommandRunner | undefined;

  /** Starts a command in a process of its own. */
  function start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    return spawn(process.execPath, [cli, ...args], { cwd: root, env: { ...base, ...env }, stdio: ["pipe", "pipe", "pipe"] });
  }

  /** Runs a command in a process of its own, as an operator does. */
  async function runAlone(args: readonly string[], { input = "", env = {} }: RunOptions = {}): Promise<CommandResult> {
    const child = start(args, env);
    child.stdin.on("error", () => undefined).end(input);
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { code, stdout, stderr };
  }

  /** Runs a command in one process for all, one after the other. */
  function run(args: readonly string[], { input = "", env = {} }: RunOptions = {}): Promise<CommandResult> {
    runner ??= startRunner();
    return runner({ args, input, env: { ...base, ...env } });
  }

  /** Runs a command with `--json` that must succeed. @returns its output */
  async function json<T = Record<string, unknown>>(args: readonly string[], options: RunOptions = {}): Promise<T> {
    const { code, stdout, stderr } = await run([...args, "--json"], options);
    if (code !== 0) throw new Error(`${args.join(" ")} ended with ${String(code)}: ${stderr}`);
    return JSON.parse(stdout) as T;
  }

  return { start, run, runAlone, json, command: [process.execPath, cli] };
}

type CommandRunner = (wanted: Required<RunOptions> & { args: readonly string[] }) => Promise<CommandResult>;

const runners = new Set<ChildProcess>();
afterAll(() => {
  for (const child of runners) child.disconnect();
});

/** Starts a process that runs commands. It ends with the test file. */
function startRunner(): CommandRunner {
  const child = fork(join(__dirname, "runner.js"), [join(compiled, "cli", "run.js")], {
    cwd: root,
    env: {},
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const waiting = new Map<number, { resolve: (result: CommandResult) => void; reject: (error: Error) => void }>();
  let sent = 0;
  runners.add(child);
  child.on("message", ({ id, result }: { id: number; result: CommandResult }) => {
    waiting.get(id)?.resolve(result);
    waiting.delete(id);
  });
  child.once("exit", (code) => {
    runners.delete(child);
    for (const { reject } of waiting.values()) reject(new Error(`the process that runs the commands ended with ${String(code)}`));
  });
  return (wanted) =>
    new Promise((resolve, reject) => {
      sent += 1;
      waiting.set(sent, { resolve, reject });
      child.send({ id: sent, ...wanted });
    });
}

export type Polymint = ReturnType<typeof makePolymint>;

/**
 * Removes a folder whose embedded database in `data/` has no user any more. The keeper stops the database when its last user is
 * gone, and then writes a last line to its log.
 */
export async function removeDataFolder(folder: string): Promise<void> {
  hurryKeepers(folder);
  for (let tries = 500; ; tries -= 1) {
    try {
      if (existsSync(join(folder, "data", "pgdata", "postmaster.pid"))) throw new Error("the embedded database still runs");
      rmSync(folder, { recursive: true, force: true });
      return;
    } catch (error) {
      if (tries === 0) throw error;
      await sleep(50);
    }
  }
}
