import { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { interceptCalls } from "./exchange";

/** What is told of every child process of this one that is a Node: servers, and the command line. */
export interface ChildObserver {
  /** May add to the environment that it will have. */
  starting(child: { args: readonly string[]; environment: Map<string, string> }): void;
  /** What it is told on its standard input. */
  told(text: string): void;
  /** What it has said to people on its standard output, when it ends. */
  said(text: string): void;
  /** Each line of its log, which is its standard error. @param args what it was started with */
  logged(line: string, args: readonly string[]): void;
  /** When it is gone; and before, when it says that it listens. */
  settled(environment: ReadonlyMap<string, string>): void;
}

/** As Node itself calls it, below `spawn`, `fork` and `execFile`. */
interface SpawnOptions {
  file: string;
  args: string[];
  envPairs: string[];
  stdio: unknown;
}
type Spawn = (this: ChildProcess, start: SpawnOptions) => unknown;

/** Somebody may have inherited a pipe. */
const patienceMs = 2_000;

export interface WatchedChildren {
  /** Waits for what those that ended have left in their pipes. @returns how many still run */
  settled: () => Promise<number>;
  stop: () => void;
}

/** Looks on at every child process, without touching what goes on between it and whoever started it. */
export function watchChildren(watch: ChildObserver): WatchedChildren {
  const running = new Set<Readable>();
  const ended = new WeakSet<Readable>();
  const spawn = Reflect.get(ChildProcess.prototype, "spawn") as Spawn;
  const watching: Spawn = function (start) {
    if (![start.file, ...start.args].includes(process.execPath)) return spawn.call(this, start);
    const environment = new Map(start.envPairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));
    watch.starting({ args: start.args, environment });
    start.envPairs = [...environment].map(([name, value]) => `${name}=${value}`);
    const stdio = Array.isArray(start.stdio) ? (start.stdio as unknown[]) : [];
    const inherits = stdio[2] === "inherit";
    if (inherits) start.stdio = [stdio[0], stdio[1], "pipe", ...stdio.slice(3)];
    const result = spawn.call(this, start);
    if (inherits) this.stderr?.pipe(process.stderr, { end: false });
    // One without pipes, as the keeper of a database, is there for longer than anybody here.
    const { stderr } = this;
    if (stderr !== null) running.add(stderr);
    // Not when the child says that it is closed, which one whose channel we have cut never says.
    stderr?.once("close", () => running.delete(stderr));
    this.once("exit", () => stderr !== null && ended.add(stderr));
    observeStreams(this, start.args, environment, watch);
    return result;
  };
  Reflect.set(ChildProcess.prototype, "spawn", watching);
  return {
    settled: async () => {
      const ending = [...running].filter((log) => ended.has(log));
      const patience = AbortSignal.timeout(patienceMs);
      await Promise.allSettled(ending.map((log) => once(log, "close", { signal: patience })));
      return running.size;
    },
    stop: () => void Reflect.set(ChildProcess.prototype, "spawn", spawn),
  };
}

function observeStreams(
  child: ChildProcess,
  args: readonly string[],
  environment: ReadonlyMap<string, string>,
  watch: ChildObserver,
): void {
  let said = "";
  let line = "";
  const takeLines = (text: string): void => {
    const lines = (line + text).split("\n");
    line = lines.pop() ?? "";
    for (const each of lines) watch.logged(each, args);
  };
  // Data that nobody reads stays where it is: what comes from the pipe is seen on its way in.
  if (child.stderr !== null) interceptCalls(child.stderr, "push", (chunk) => takeLines(textOf(chunk)));
  if (child.stdout !== null)
    interceptCalls(child.stdout, "push", (chunk) => {
      said = (said + textOf(chunk)).slice(-mostSaid);
      if (/listens|Ctrl-C/.test(textOf(chunk))) watch.settled(environment);
    });
  if (child.stdin !== null) for (const name of ["write", "end"]) interceptCalls(child.stdin, name, (chunk) => watch.told(textOf(chunk)));
  child.once("exit", () => watch.settled(environment));
  child.stderr?.once("close", () => takeLines("\n"));
  child.stdout?.once("close", () => watch.said(said));
}

/** Characters of a standard output that are kept. */
const mostSaid = 1_000_000;

function textOf(chunk: unknown): string {
  return typeof chunk === "string" ? chunk : chunk instanceof Uint8Array ? Buffer.from(chunk).toString("utf8") : "";
}
