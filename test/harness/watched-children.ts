/** Observes the child processes of a test file. */
import { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { interceptCalls } from "./exchange";

/** Observes every child process that runs Node: servers, and the command line. */
export interface ChildObserver {
  /** The child is about to start. May add to its environment. */
  onStart(child: { args: readonly string[]; environment: Map<string, string> }): void;
  /** A part of its standard input. */
  onInput(text: string): void;
  /** Its whole standard output, when it ends. */
  onOutput(text: string): void;
  /** A line of its log, which is its standard error. @param args its command line */
  onLogLine(line: string, args: readonly string[]): void;
  /** The child listens, or it has ended. */
  onSettled(environment: ReadonlyMap<string, string>): void;
}

/** The options of Node's internal `spawn` method, which `spawn`, `fork` and `execFile` call. */
interface SpawnOptions {
  file: string;
  args: string[];
  envPairs: string[];
  stdio: unknown;
}
type Spawn = (this: ChildProcess, start: SpawnOptions) => unknown;

/** Milliseconds to wait for a pipe to close, since a grandchild may have inherited it. */
const patienceMs = 2_000;

export interface WatchedChildren {
  /** Waits for the remaining output of children that have ended. @returns the number of children that still run */
  waitForEnded: () => Promise<number>;
  stop: () => void;
}

/** Observes every child process without changing the data between it and the code that started it. */
export function watchChildren(watch: ChildObserver): WatchedChildren {
  const running = new Set<Readable>();
  const ended = new WeakSet<Readable>();
  const spawn = Reflect.get(ChildProcess.prototype, "spawn") as Spawn;
  const watching: Spawn = function (start) {
    if (![start.file, ...start.args].includes(process.execPath)) return spawn.call(this, start);
    const environment = new Map(start.envPairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));
    watch.onStart({ args: start.args, environment });
    start.envPairs = [...environment].map(([name, value]) => `${name}=${value}`);
    const stdio = Array.isArray(start.stdio) ? (start.stdio as unknown[]) : [];
    const inherits = stdio[2] === "inherit";
    if (inherits) start.stdio = [stdio[0], stdio[1], "pipe", ...stdio.slice(3)];
    const result = spawn.call(this, start);
    if (inherits) this.stderr?.pipe(process.stderr, { end: false });
    // A child without pipes, such as the keeper of a database, outlives the test and is not waited for.
    const { stderr } = this;
    if (stderr !== null) running.add(stderr);
    // The child's own "close" event would not do: it never comes for a child whose channel was disconnected.
    stderr?.once("close", () => running.delete(stderr));
    this.once("exit", () => stderr !== null && ended.add(stderr));
    observeStreams(this, start.args, environment, watch);
    return result;
  };
  Reflect.set(ChildProcess.prototype, "spawn", watching);
  return {
    waitForEnded: async () => {
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
    for (const each of lines) watch.onLogLine(each, args);
  };
  // Reading would take the data from the test, so the chunks are seen where they enter the stream.
  if (child.stderr !== null) interceptCalls(child.stderr, "push", (chunk) => takeLines(textOf(chunk)));
  if (child.stdout !== null)
    interceptCalls(child.stdout, "push", (chunk) => {
      said = (said + textOf(chunk)).slice(-mostSaid);
      if (/listens|Ctrl-C/.test(textOf(chunk))) watch.onSettled(environment);
    });
  if (child.stdin !== null) for (const name of ["write", "end"]) interceptCalls(child.stdin, name, (chunk) => watch.onInput(textOf(chunk)));
  child.once("exit", () => watch.onSettled(environment));
  child.stderr?.once("close", () => takeLines("\n"));
  child.stdout?.once("close", () => watch.onOutput(said));
}

/** Characters of a standard output that are kept. */
const mostSaid = 1_000_000;

function textOf(chunk: unknown): string {
  return typeof chunk === "string" ? chunk : chunk instanceof Uint8Array ? Buffer.from(chunk).toString("utf8") : "";
}
