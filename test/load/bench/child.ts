/** Starts and stops the processes of the benchmark. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** An environment without the settings that would change the measurement. */
export function cleanEnvironment(settings: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, TZ, LANG } = process.env;
  return { PATH, HOME, TMPDIR, TZ, LANG, NODE_ENV: "production", ...settings };
}

/** Starts a TypeScript file as a process with a message channel. @param file below `test/load/bench/` */
export function startChild(file: string, settings: Readonly<Record<string, string>> = {}): ChildProcess {
  return fork(join(__dirname, file), { env: cleanEnvironment(settings), stdio: ["ignore", "ignore", "inherit", "ipc"] });
}

/** Waits for the next message of a process. @throws Error if the process ends instead */
export async function nextMessage<T>(child: ChildProcess, what: string): Promise<T> {
  const gone = new AbortController();
  try {
    return await Promise.race([
      once(child, "message", { signal: gone.signal }).then(([message]) => message as T),
      once(child, "exit", { signal: gone.signal }).then(([code]) => Promise.reject(new Error(`${what} ended with ${String(code)}`))),
    ]);
  } finally {
    gone.abort();
  }
}

/** Says so if a process ends before it is stopped: to the load that looks like broken connections only. */
export function reportEarlyEnd(child: ChildProcess, what: string): void {
  child.once("exit", (code, signal) => {
    if (!child.killed) process.stderr.write(`${what} ended by itself: ${signal ?? `exit code ${String(code)}`}\n`);
  });
}

const patienceMs = 15_000;

/** Stops a process, and kills it if it does not end in time. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  const late = setTimeout(() => child.kill("SIGKILL"), patienceMs);
  child.kill("SIGTERM");
  await gone;
  clearTimeout(late);
}
