import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, fchownSync } from "node:fs";
import { extname, join } from "node:path";
import { findFolderOwner, getSpawnIds } from "./os-user";
import { openLog, writeLog } from "./logs";
import type { DataPaths } from "./paths";

/** The task of a keeper. */
export interface KeeperTask {
  readonly folder: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** Starts a keeper that outlives this process: in its own session, with its output in keeper.log. */
export function spawnKeeper(paths: DataPaths, settings: Readonly<Record<string, string>>): ChildProcess {
  const owner = findFolderOwner(paths.folder);
  const task: KeeperTask = { folder: paths.folder, settings };
  const log = openLog(paths.keeperLog);
  try {
    if (owner !== undefined) fchownSync(log, owner.uid, owner.gid);
    const keeper = spawn(process.execPath, [...getKeeperCommand(), JSON.stringify(task)], {
      cwd: paths.folder,
      detached: true,
      env: makeKeeperEnvironment(),
      stdio: ["ignore", log, log],
      windowsHide: true,
      ...getSpawnIds(owner),
    });
    keeper.on("error", (error) => writeLog(paths.keeperLog, `The keeper cannot be run: ${error.message}.`));
    keeper.unref();
    return keeper;
  } finally {
    closeSync(log);
  }
}

/** Compiled, this file stands beside keeper.js; under jest and tsx it is TypeScript, and so is the keeper. @returns the arguments of node */
function getKeeperCommand(): string[] {
  const extension = extname(__filename);
  const script = join(__dirname, `keeper${extension}`);
  return extension === ".ts" ? ["--require", require.resolve("tsx/cjs"), script] : [script];
}

/** Variables that configure the caller's Node (a debugger port) or its PostgreSQL client must not reach the keeper. */
function makeKeeperEnvironment(): NodeJS.ProcessEnv {
  const isKept = ([name]: [string, unknown]): boolean => !/^(PG|LC_|NODE_|JEST_|LANG)/.test(name);
  return { ...Object.fromEntries(Object.entries(process.env).filter(isKept)), LC_ALL: "C", TZ: "UTC" };
}
