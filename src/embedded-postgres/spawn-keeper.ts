import type { ChildProcess } from "node:child_process";
import { closeSync, fchownSync } from "node:fs";
import { extname, join } from "node:path";
import { startChild } from "./child-process";
import { findFolderOwner } from "./os-user";
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
    const keeper = startChild(process.execPath, [...getKeeperCommand(), JSON.stringify(task)], {
      cwd: paths.folder,
      detached: true,
      stdio: ["ignore", log, log],
      osUser: owner,
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
