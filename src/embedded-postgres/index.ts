/**
 * A real PostgreSQL without installing one. Whoever uses it holds a connection to its keeper, a small process
 * per data folder that starts PostgreSQL for the first user and stops it after the last.
 */
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { DATABASE_USER } from "./initdb";
import { DEFAULT_DATABASE } from "./database";
import { chooseFolder } from "./folder";
import { type Lease, openLease } from "./lease-client";
import { lastLines } from "./logs";
import { type Places, placesIn } from "./paths";
import { passwordOf } from "./postmaster";
import { spawnKeeper } from "./spawn-keeper";

const PATIENCE = 60_000; // ms, initdb included
const PAUSE_BETWEEN_LOOKS = 20; // ms

/** How to find and run the database. */
export interface EmbeddedPostgresOptions {
  /** The data folder, created if missing. */
  folder: string;
  /** A person chose the folder, so no other one will do. */
  explicit: boolean;
  /** As for `postgres -c`. Without effect when PostgreSQL already runs. */
  settings?: Record<string, string>;
  /** Progress, one line for a person at a time. */
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

/** A running PostgreSQL that stays at least until `release`, or until this process ends in whatever way. */
export interface EmbeddedPostgres {
  /** Where the data really lives: absolute, without symlinks. */
  folder: string;
  /** For the given database, or for "polymint", which always exists. */
  connection(database?: string): ConnectionParameters;
  /** The cluster is new, and this is its first use. */
  fresh: boolean;
  /** Ends the use. PostgreSQL stops about a second after the last one. */
  release(): Promise<void>;
  /** Called at most once, with what happened, when PostgreSQL is gone for good. */
  onLost(listener: (reason: string) => void): void;
}

/**
 * Makes sure PostgreSQL runs on the folder, and holds it. Many processes may do so at once, in any order.
 * Does not keep the calling process from ending.
 * @throws UnusableFolder when the data cannot live in the folder; Error with the end of the logs when
 *   PostgreSQL does not come up within 60 s
 */
export async function useEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const report = options.report ?? (() => undefined);
  const places = placesIn(chooseFolder(options.folder, options.explicit, report));
  const settings = options.settings ?? {};
  const lease = await takeLease(places, settings, report);
  return new Use(places, settings, lease);
}

class Use implements EmbeddedPostgres {
  readonly folder: string;
  readonly fresh: boolean;
  private readonly listeners: ((reason: string) => void)[] = [];
  private released = false;

  constructor(
    private readonly places: Places,
    private readonly settings: Record<string, string>,
    private lease: Lease,
  ) {
    this.folder = places.folder;
    this.fresh = lease.welcome.fresh;
    this.watch();
  }

  connection(database = DEFAULT_DATABASE): ConnectionParameters {
    const { host, port } = this.lease.welcome;
    return { host, port, user: DATABASE_USER, database, ...passwordOf(this.places) };
  }

  async release(): Promise<void> {
    this.released = true;
    await this.lease.end();
  }

  onLost(listener: (reason: string) => void): void {
    this.listeners.push(listener);
  }

  private watch(): void {
    void this.lease.ended.then((reason) => {
      if (this.released) return undefined;
      return reason === undefined ? this.renew() : this.tellLost(reason);
    });
  }

  /** The keeper was killed, but PostgreSQL runs on: a new keeper adopts it, and nobody notices. */
  private async renew(): Promise<void> {
    try {
      this.lease = await takeLease(this.places, this.settings, () => undefined);
      if (this.released) await this.lease.end();
      else this.watch();
    } catch (error) {
      this.tellLost(error instanceof Error ? error.message : String(error));
    }
  }

  private tellLost(reason: string): void {
    for (const listener of this.listeners) listener(reason);
  }
}

async function takeLease(places: Places, settings: Record<string, string>, report: (line: string) => void): Promise<Lease> {
  const begin = Date.now();
  let keeper: ChildProcess | undefined;
  for (;;) {
    const failed = keeper !== undefined && hasEnded(keeper) && keeper.exitCode !== 0 && keeper.signalCode === null;
    const lease = await openLease(places, begin + PATIENCE - Date.now());
    if (lease !== undefined) {
      if (keeper !== undefined) report(`PostgreSQL runs, after ${((Date.now() - begin) / 1000).toFixed(1)} s.`);
      return lease;
    }
    if (failed) throw notStarted(places, "did not start");
    if (Date.now() - begin > PATIENCE) throw notStarted(places, `did not start within ${PATIENCE / 1000} s`);
    if (keeper === undefined) reportStart(places, report);
    if (keeper === undefined || hasEnded(keeper)) keeper = spawnKeeper(places, settings);
    await pause(PAUSE_BETWEEN_LOOKS);
  }
}

function hasEnded(keeper: ChildProcess): boolean {
  return keeper.pid === undefined || keeper.exitCode !== null || keeper.signalCode !== null;
}

function reportStart(places: Places, report: (line: string) => void): void {
  const first = existsSync(places.pgdata) ? "" : " for the first time";
  report(`Starting PostgreSQL${first} in ${places.folder} …`);
}

function notStarted(places: Places, what: string): Error {
  return new Error(
    `PostgreSQL ${what} in ${places.folder}.\n` +
      `The end of ${places.keeperLog}:\n${lastLines(places.keeperLog, 6)}\n` +
      `The end of ${places.postgresLog}:\n${lastLines(places.postgresLog, 10)}\n` +
      "Mend what they say and start again; or choose another folder; or use a PostgreSQL of your own.",
  );
}
