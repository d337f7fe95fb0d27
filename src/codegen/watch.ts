import { type FSWatcher, existsSync, readdirSync, watch } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SpecFaults } from "./spec-files";
import { makeTypeCheck } from "./type-check";
import { updateGenerated } from "./write";

interface WatchOptions {
  /** Gets each line for the person who watches. */
  say: (line: string) => void;
  /** Is called when files have changed, and neither a spec nor a type is at fault. */
  onWell: () => void;
  /** Ends the watch. */
  signal: AbortSignal;
}

const watched = ["openapi", "src", "test"];

/** An editor saves a file in several steps, and a person may save several files. */
const settleMs = 100;

/**
 * Keeps `generated/` up to date with `openapi/` and checks the types of the project, now and at every change of a file. Faults are
 * said, and the watch goes on.
 * @param root the project's folder
 * @returns when the signal ends the watch
 */
export async function watchProject(root: string, { say, onWell, signal }: WatchOptions): Promise<void> {
  const folders = makeFolderWatch(root);
  signal.addEventListener("abort", () => folders.close(), { once: true });
  const runRound = makeRound(root);
  say(`watching ${watched.map((name) => `${name}/`).join(", ")}; Ctrl-C ends`);
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    // Before the files are read: what changes from here on leads to another round.
    const change = folders.nextChange();
    const { lines, isWell, hasWritten } = await runRound();
    lines.forEach(say);
    if (isWell && (hasWritten || !isFirst)) onWell();
    await change;
    await sleep(settleMs);
  }
}

/** Watches until Ctrl-C or SIGTERM. */
export async function watchUntilStopped(root: string, say: (line: string) => void, onWell: () => void): Promise<void> {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  await watchProject(root, { say, onWell, signal: stop.signal });
}

interface Round {
  lines: string[];
  isWell: boolean;
  hasWritten: boolean;
}

/** Makes a function that generates, and then checks types. It says that all is well only where the person may not know. */
function makeRound(root: string): () => Promise<Round> {
  const checkTypes = existsSync(join(root, "tsconfig.json")) ? makeTypeCheck(root) : undefined;
  const without = checkTypes === undefined ? " (without a tsconfig.json, types are not checked)" : "";
  let wasWell = false;
  return async () => {
    const lines: string[] = [];
    try {
      lines.push(...(await updateGenerated(root)).map(({ file, done }) => `${done} ${file}`));
    } catch (error) {
      if (!(error instanceof SpecFaults)) throw error;
      wasWell = false;
      return { lines: [...error.faults], isWell: false, hasWritten: false };
    }
    const hasWritten = lines.length > 0;
    const { code, output } = checkTypes?.() ?? { code: 0, output: "" };
    const isWell = code === 0;
    if (!isWell) lines.push(output.trimEnd());
    else if (!wasWell || hasWritten) lines.push(`all is well${without}`);
    wasWell = isWell;
    return { lines, isWell, hasWritten };
  };
}

interface FolderWatch {
  /** Watches folders that are new, too. @returns when a file or folder changes, or the watch is closed */
  nextChange(): Promise<void>;
  close(): void;
}

/** Watches folder by folder: on Linux, Node's recursive watch has a watcher for every file, and misses files in new folders. */
function makeFolderWatch(root: string): FolderWatch {
  const watchers = new Map<string, FSWatcher>();
  let wake = (): void => undefined;
  let isClosed = false;
  const forget = (folder: string): void => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  };
  const add = (folder: string, matters: (file: string) => boolean): void => {
    if (watchers.has(folder)) return;
    const watcher = watch(folder, (_event, file) => {
      if (file === null || matters(file)) wake();
    });
    // The folder was removed.
    watcher.on("error", () => forget(folder));
    watchers.set(folder, watcher);
  };
  const refresh = (): void => {
    for (const folder of watchers.keys()) if (!existsSync(folder)) forget(folder);
    add(root, (file) => [...watched, "tsconfig.json", "package.json"].includes(file));
    for (const name of watched) for (const folder of listFolders(join(root, name))) add(folder, () => true);
  };
  return {
    nextChange() {
      const change = new Promise<void>((resolve) => (wake = resolve));
      if (isClosed) wake();
      else refresh();
      return change;
    },
    close() {
      isClosed = true;
      [...watchers.keys()].forEach(forget);
      wake();
    },
  };
}

function listFolders(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const below = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [folder, ...below.map((entry) => join(entry.parentPath, entry.name)).filter((path) => !path.includes("node_modules"))];
}
