/**
 * The program of the keeper: a process that keeps PostgreSQL running for one data folder as long as it has users. `spawnKeeper`
 * starts it with one argument, a `KeeperTask` as JSON.
 */
import { lchownSync, existsSync, mkdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { OsUser } from "./child-process";
import { findPostgresUser } from "./os-user";
import { findBinaries } from "./binaries";
import { ensureDataDirectory } from "./initdb";
import { acquireKeeperLock, type Installation, type KeeperLock } from "./keeper-lock";
import { createDefaultDatabase } from "./database";
import { preparePrivateFolder } from "./folder";
import { isKeeperListening } from "./lease-client";
import { makeLeaseServer } from "./lease-server";
import { writeLog } from "./logs";
import { type DataPaths, derivePaths } from "./paths";
import { findPostmaster, stopPostmaster } from "./postmaster";
import type { KeeperTask } from "./spawn-keeper";

/** With more crashes than this within the period, the keeper gives up. */
const maxCrashes = 5;
const crashPeriodMs = 60_000;
const crashPauseMs = 500;

type KeeperLog = (line: string) => void;

async function runKeeper(task: KeeperTask): Promise<void> {
  process.umask(0o077);
  const paths = derivePaths(task.folder);
  const log: KeeperLog = (line) => writeLog(paths.keeperLog, line);
  try {
    await keepPostgres(await prepareInstallation(task, paths, log), log);
  } catch (error) {
    log(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
  process.exit(); // a PostgreSQL that found the folder taken may still be ending and would hold the process
}

async function prepareInstallation(task: KeeperTask, paths: DataPaths, log: KeeperLog): Promise<Installation> {
  const osUser = findPostgresUser(paths.pgdata);
  const binaries = findBinaries(paths.folder, osUser);
  if (await ensureDataDirectory(paths, binaries, osUser)) log(`The keeper created the data directory ${paths.pgdata}.`);
  makeSocketFolder(paths, osUser);
  return { paths, binaries, osUser, settings: task.settings };
}

function makeSocketFolder(paths: DataPaths, osUser: OsUser | undefined): void {
  if (paths.shortFolder === undefined) return;
  preparePrivateFolder(paths.shortFolder);
  if (!existsSync(paths.socketFolder)) mkdirSync(paths.socketFolder, { mode: 0o700, recursive: true });
  if (osUser !== undefined) lchownSync(paths.socketFolder, osUser.uid, osUser.gid);
}

async function keepPostgres(installation: Installation, log: KeeperLog): Promise<void> {
  const { paths, binaries } = installation;
  const lock = await acquireKeeperLock(installation, () => isKeeperListening(paths.keeperAddress));
  if (lock === undefined) {
    log("Another keeper runs PostgreSQL; this one ends.");
    return;
  }
  await logPostmaster(paths, log);
  try {
    await serveLeases(installation, lock, log);
  } finally {
    await stopPostmaster(paths, binaries);
    log("The keeper stopped PostgreSQL.");
  }
}

async function serveLeases(installation: Installation, firstLock: KeeperLock, log: KeeperLog): Promise<void> {
  const { paths } = installation;
  let fresh = await createDefaultDatabase(firstLock.session);
  let lock = Promise.resolve(firstLock);
  const leases = makeLeaseServer(paths.keeperAddress, async () => {
    const { host, port } = (await lock).session;
    const welcome = { host, port, fresh };
    fresh = false;
    return welcome;
  });
  await leases.listen();
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => leases.skipIdleWait());
  const crashes: number[] = [];
  while ((await Promise.race([leases.idle, (await lock).ended])) !== "idle") {
    log("PostgreSQL is gone; the keeper starts it again.");
    lock = restartPostgres(installation, crashes);
    await lock.catch((error: unknown) => {
      leases.endLeases(error instanceof Error ? error.message : String(error));
      throw error;
    });
    await logPostmaster(paths, log);
  }
  log("The last user has left.");
}

/** @param crashes the times of the crashes so far; this one is added */
async function restartPostgres(installation: Installation, crashes: number[]): Promise<KeeperLock> {
  const now = Date.now();
  crashes.push(now);
  if (crashes.filter((at) => now - at < crashPeriodMs).length > maxCrashes) {
    throw new Error(`PostgreSQL crashes again and again. The reason may stand in ${installation.paths.postgresLog}.`);
  }
  await sleep(crashPauseMs);
  const lock = await acquireKeeperLock(installation, async () => false); // the keeper that listens is this one
  if (lock === undefined) throw new Error("Another keeper took over.");
  return lock;
}

async function logPostmaster(paths: DataPaths, log: KeeperLog): Promise<void> {
  log(`The keeper keeps PostgreSQL running as process ${String((await findPostmaster(paths))?.pid)}.`);
}

void runKeeper(JSON.parse(process.argv[2] ?? "") as KeeperTask);
