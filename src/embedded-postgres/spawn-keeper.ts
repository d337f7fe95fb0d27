import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, fchownSync } from "node:fs";
import { extname, join } from "node:path";
import { ownerAccount, runAs } from "./os-user";
import { openLog, writeLog } from "./logs";
import type { Places } from "./paths";

/** What a keeper is started with. */
export interface KeeperTask {
  readonly folder: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** Starts a keeper that outlives us: a session of its own, its words in keeper.log. */
export function spawnKeeper(places: Places, settings: Readonly<Record<string, string>>): ChildProcess {
  const owner = ownerAccount(places.folder);
  const task: KeeperTask = { folder: places.folder, settings };
  const log = openLog(places.keeperLog);
  try {
    if (owner !== undefined) fchownSync(log, owner.uid, owner.gid);
    const keeper = spawn(process.execPath, [...keeperScript(), JSON.stringify(task)], {
      cwd: places.folder,
      detached: true,
      env: keeperEnvironment(),
      stdio: ["ignore", log, log],
      windowsHide: true,
      ...runAs(owner),
    });
    keeper.on("error", (error) => writeLog(places.keeperLog, `the keeper cannot be run: ${error.message}`));
    keeper.unref();
    return keeper;
  } finally {
    closeSync(log);
  }
}

/** Compiled, this file lies beside keeper.js; under jest and tsx it is TypeScript, and so is the keeper. */
function keeperScript(): string[] {
  const extension = extname(__filename);
  const script = join(__dirname, `keeper${extension}`);
  return extension === ".ts" ? ["--require", require.resolve("tsx/cjs"), script] : [script];
}

/** Nothing that steers the caller's Node (a debugger port) or its PostgreSQL client may reach the keeper. */
function keeperEnvironment(): NodeJS.ProcessEnv {
  const ours = ([name]: [string, unknown]): boolean => !/^(PG|LC_|NODE_|JEST_|LANG)/.test(name);
  return { ...Object.fromEntries(Object.entries(process.env).filter(ours)), LC_ALL: "C", TZ: "UTC" };
}
