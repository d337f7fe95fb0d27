import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** Settings that would change what is measured do not reach the servers. */
export function cleanEnvironment(settings: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, TZ, LANG } = process.env;
  return { PATH, HOME, TMPDIR, TZ, LANG, NODE_ENV: "production", ...settings };
}

/** Starts a TypeScript file of ours as a process of its own, with a channel to it. @param file below `test/load/bench/` */
export function startChild(file: string, settings: Readonly<Record<string, string>> = {}): ChildProcess {
  return fork(join(__dirname, file), { env: cleanEnvironment(settings), stdio: ["ignore", "ignore", "inherit", "ipc"] });
}

/** The next message of a process. @throws Error if it ends instead */
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

const patienceMs = 15_000;

/** Asks a process to end, and makes it. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  const late = setTimeout(() => child.kill("SIGKILL"), patienceMs);
  child.kill("SIGTERM");
  await gone;
  clearTimeout(late);
}
