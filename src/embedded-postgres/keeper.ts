/**
 * The process that keeps PostgreSQL for one data folder as long as anybody uses it. Started by `spawnKeeper`
 * with one argument, a `KeeperTask` as JSON.
 */
import { chownSync, existsSync, mkdirSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { type Account, postgresAccount } from "./os-user";
import { findBinaries } from "./binaries";
import { createCluster } from "./initdb";
import { type Custody, type Installation, takeCustody } from "./keeper-lock";
import { createDatabase } from "./database";
import { preparePrivately } from "./folder";
import { answers } from "./lease-client";
import { Leases } from "./lease-server";
import { writeLog } from "./logs";
import { type Places, placesIn } from "./paths";
import { runningServer, stopServer } from "./postmaster";
import type { KeeperTask } from "./spawn-keeper";

/** With more crashes than this within the period, the keeper gives up. */
const CRASHES = 5;
const CRASH_PERIOD = 60_000; // ms
const PAUSE_AFTER_CRASH = 500; // ms

type Log = (line: string) => void;

async function main(task: KeeperTask): Promise<void> {
  process.umask(0o077);
  const places = placesIn(task.folder);
  const log: Log = (line) => writeLog(places.keeperLog, line);
  try {
    await keep(await install(task, places, log), log);
  } catch (error) {
    log(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
  process.exit(); // a PostgreSQL that lost against another one may still be ending
}

async function install(task: KeeperTask, places: Places, log: Log): Promise<Installation> {
  const account = postgresAccount(places.pgdata);
  const binaries = findBinaries(places.folder, account);
  if (await createCluster(places, binaries, account)) log(`made a cluster in ${places.pgdata}`);
  makeSocketFolder(places, account);
  return { places, binaries, account, settings: task.settings };
}

function makeSocketFolder(places: Places, account: Account | undefined): void {
  if (places.shortFolder === undefined) return;
  preparePrivately(places.shortFolder);
  if (!existsSync(places.socketFolder)) mkdirSync(places.socketFolder, { mode: 0o700, recursive: true });
  if (account !== undefined) chownSync(places.socketFolder, account.uid, account.gid);
}

async function keep(installation: Installation, log: Log): Promise<void> {
  const { places, binaries } = installation;
  const custody = await takeCustody(installation, () => answers(places.keeperAddress));
  if (custody === undefined) {
    log("another keeper serves; leaving it to that one");
    return;
  }
  log(`keeping PostgreSQL ${String((await runningServer(places))?.pid)}`);
  try {
    await serve(installation, custody, log);
  } finally {
    await stopServer(places, binaries);
    log("stopped PostgreSQL");
  }
}

async function serve(installation: Installation, first: Custody, log: Log): Promise<void> {
  const { places } = installation;
  let fresh = await createDatabase(first.session);
  let custody = Promise.resolve(first);
  const leases = new Leases(places.keeperAddress, async () => {
    const { host, port } = (await custody).session;
    const welcome = { host, port, fresh };
    fresh = false;
    return welcome;
  });
  await leases.listen();
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => leases.hurry());
  const crashes: number[] = [];
  while ((await Promise.race([leases.idle, (await custody).ended])) !== "idle") {
    log("lost PostgreSQL; starting it again");
    custody = recover(installation, crashes);
    await custody.catch((error: unknown) => {
      leases.refuse(error instanceof Error ? error.message : String(error));
      throw error;
    });
    log(`keeping PostgreSQL ${String((await runningServer(places))?.pid)}`);
  }
  log("no users are left");
}

async function recover(installation: Installation, crashes: number[]): Promise<Custody> {
  const now = Date.now();
  crashes.push(now);
  if (crashes.filter((at) => now - at < CRASH_PERIOD).length > CRASHES) {
    throw new Error(`PostgreSQL crashes again and again; ${installation.places.postgresLog} may say why`);
  }
  await pause(PAUSE_AFTER_CRASH);
  const custody = await takeCustody(installation, async () => false); // the one that answers is ourselves
  if (custody === undefined) throw new Error("another keeper took over");
  return custody;
}

void main(JSON.parse(process.argv[2] ?? "") as KeeperTask);
