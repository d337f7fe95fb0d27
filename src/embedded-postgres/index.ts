/**
 * A real PostgreSQL that needs no installation. Each process that uses it holds a connection to its keeper, a small process per
 * data folder that starts PostgreSQL for the first user and stops it after the last.
 */
import type { ChildProcess } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { databaseUser } from "./initdb";
import { defaultDatabase } from "./database";
import { chooseFolder, findDataFolder } from "./folder";
import { isKeeperListening, type Lease, openLease } from "./lease-client";
import { readLastLines } from "./logs";
import { type DataPaths, derivePaths } from "./paths";
import { readPassword } from "./postmaster";
import { spawnKeeper } from "./spawn-keeper";

/** With initdb. */
const startTimeoutMs = 60_000;
const pollIntervalMs = 20;

/** How to find and run the database. */
export interface EmbeddedPostgresOptions {
  /** The data folder, created if missing. */
  folder: string;
  /** A person chose the folder, so no other folder may replace it. */
  explicit: boolean;
  /** As for `postgres -c`. They have no effect if PostgreSQL is running already. */
  settings?: Record<string, string>;
  /** Gets the progress, one line for a person at a time. */
  report?: (line: string) => void;
}

/** Parameters for `new pg.Pool(…)`. `host` is a socket folder on Unix. */
export interface ConnectionParameters {
  host: string;
  port: number;
  user: string;
  password?: string;
  database: string;
}

/** A running PostgreSQL that keeps running until `release`, or until this process ends. */
export interface EmbeddedPostgres {
  /** The folder of the data: absolute, without symlinks. It may be another one than the wanted one. */
  folder: string;
  /** @param database default "polymint", which always exists */
  getConnectionParameters(database?: string): ConnectionParameters;
  /** Whether the data directory is new and this is its first use. */
  fresh: boolean;
  /** Ends the use. PostgreSQL stops about a second after the last use has ended. */
  release(): Promise<void>;
  /** The listener is called at most once, with the reason, if PostgreSQL is gone for good. */
  onLost(listener: (reason: string) => void): void;
}

/**
 * Makes sure that PostgreSQL runs on the folder, and keeps it running. Many processes may do so at once, in any order. Does not
 * keep the calling process from ending.
 * @throws UnusableFolderError if the data cannot live in the folder; Error with the end of the logs if PostgreSQL does not start
 *   within 60 s
 */
export async function useEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const report = options.report ?? (() => undefined);
  const paths = derivePaths(chooseFolder(options.folder, options.explicit, report));
  const settings = options.settings ?? {};
  const lease = await acquireLease(paths, settings, report);
  return makeEmbeddedPostgres(paths, settings, lease);
}

/** What there is of the embedded PostgreSQL, without starting it. */
export interface EmbeddedState {
  /** The folder of the data, or where it would be. */
  folder: string;
  state: "running" | "stopped" | "missing";
}

/** Looks for the embedded PostgreSQL; creates and starts nothing. @throws SharedFolderError */
export async function findEmbeddedPostgres({
  folder,
  explicit,
}: Pick<EmbeddedPostgresOptions, "folder" | "explicit">): Promise<EmbeddedState> {
  const found = findDataFolder(folder, explicit);
  if (found === undefined) return { folder, state: "missing" };
  const { keeperAddress } = derivePaths(realpathSync(found));
  return { folder: found, state: (await isKeeperListening(keeperAddress)) ? "running" : "stopped" };
}

function makeEmbeddedPostgres(paths: DataPaths, settings: Record<string, string>, firstLease: Lease): EmbeddedPostgres {
  const listeners: ((reason: string) => void)[] = [];
  let lease = firstLease;
  let isReleased = false;

  function watchLease(): void {
    void lease.ended.then((reason) => {
      if (isReleased) return undefined;
      return reason === undefined ? renewLease() : reportLoss(reason);
    });
  }

  /** The keeper was killed, but PostgreSQL is still running: a new keeper adopts it, and its sessions go on. */
  async function renewLease(): Promise<void> {
    try {
      lease = await acquireLease(paths, settings, () => undefined);
      if (isReleased) await lease.end();
      else watchLease();
    } catch (error) {
      reportLoss(error instanceof Error ? error.message : String(error));
    }
  }

  function reportLoss(reason: string): void {
    for (const listener of listeners) listener(reason);
  }

  watchLease();
  return {
    folder: paths.folder,
    fresh: firstLease.welcome.fresh,
    getConnectionParameters: (database = defaultDatabase) => {
      const { host, port } = lease.welcome;
      return { host, port, user: databaseUser, database, ...readPassword(paths) };
    },
    release: async () => {
      isReleased = true;
      await lease.end();
    },
    onLost: (listener) => void listeners.push(listener),
  };
}

async function acquireLease(paths: DataPaths, settings: Record<string, string>, report: (line: string) => void): Promise<Lease> {
  const startedAt = Date.now();
  let keeper: ChildProcess | undefined;
  for (;;) {
    const failed = keeper !== undefined && hasEnded(keeper) && keeper.exitCode !== 0 && keeper.signalCode === null;
    const lease = await openLease(paths, startedAt + startTimeoutMs - Date.now());
    if (lease !== undefined) {
      if (keeper !== undefined) report(`PostgreSQL is running, after ${((Date.now() - startedAt) / 1000).toFixed(1)} s.`);
      return lease;
    }
    if (failed) throw makeStartError(paths, "did not start");
    if (Date.now() - startedAt > startTimeoutMs) throw makeStartError(paths, `did not start within ${startTimeoutMs / 1000} s`);
    if (keeper === undefined) reportStart(paths, report);
    if (keeper === undefined || hasEnded(keeper)) keeper = spawnKeeper(paths, settings);
    await sleep(pollIntervalMs);
  }
}

function hasEnded(keeper: ChildProcess): boolean {
  return keeper.pid === undefined || keeper.exitCode !== null || keeper.signalCode !== null;
}

function reportStart(paths: DataPaths, report: (line: string) => void): void {
  const first = existsSync(paths.pgdata) ? "" : " for the first time";
  report(`Starting PostgreSQL${first} in ${paths.folder} …`);
}

function makeStartError(paths: DataPaths, problem: string): Error {
  return new Error(
    `PostgreSQL ${problem} in ${paths.folder}.\n` +
      `The end of ${paths.keeperLog}:\n${readLastLines(paths.keeperLog, 6)}\n` +
      `The end of ${paths.postgresLog}:\n${readLastLines(paths.postgresLog, 10)}\n` +
      "Repair what the logs show and start again, choose another folder, or use another PostgreSQL.",
  );
}
