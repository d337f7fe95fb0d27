import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import type { OsUser } from "./child-process";
import type { Binaries } from "./binaries";
import type { DataPaths } from "./paths";
import { findPostmaster, openSession, startPostmaster } from "./postmaster";

/** The lock on a running PostgreSQL that makes this process its only keeper. */
export interface KeeperLock {
  /** Holds the lock as long as it is open. */
  readonly session: Client;
  /** Resolves when the session has ended, with PostgreSQL or without it. */
  readonly ended: Promise<void>;
}

/** What is needed to run the PostgreSQL of one data folder. */
export interface Installation {
  readonly paths: DataPaths;
  readonly binaries: Binaries;
  readonly osUser: OsUser | undefined;
  readonly settings: Readonly<Record<string, string>>;
}

const maxStarts = 6;
/** The backends of a killed postmaster need a moment to notice that it is gone. */
const restartPauseMs = 500;
const pollIntervalMs = 25;
/** How long to wait for a PostgreSQL that another process runs. */
const otherServerTimeoutMs = 55_000;

/** "poly" in ASCII. The holder of this advisory lock is the keeper. */
const keeperLockKey = 0x706f6c79;

/**
 * Starts PostgreSQL, or finds it running, and makes this process its keeper. PostgreSQL's own lock file decides which process
 * starts it; an advisory lock, held by the returned session, decides which process keeps it. Both disappear with their holder,
 * also on kill -9. So a PostgreSQL without a keeper is adopted, and there are never two keepers.
 * @param isOtherKeeperListening tells whether another keeper accepts users
 * @returns undefined if another keeper does
 * @throws Error if PostgreSQL does not start after several attempts
 */
export async function acquireKeeperLock(
  installation: Installation,
  isOtherKeeperListening: () => Promise<boolean>,
): Promise<KeeperLock | undefined> {
  const deadline = Date.now() + otherServerTimeoutMs;
  const starter = makeStarter(installation);
  for (;;) {
    const session = await openSession(installation.paths);
    if (session !== undefined) {
      const ended = new Promise<void>((resolve) => session.once("end", () => resolve()));
      if (await tryLock(session)) return { session, ended };
      session.end().catch(() => undefined);
      if (await isOtherKeeperListening()) return undefined;
    } else if (!starter.isRunning() && (await findPostmaster(installation.paths)) === undefined) {
      await starter.start();
    }
    // A PostgreSQL that this process started may take its time to recover from a crash.
    const isRecovering = session === undefined && starter.isRunning();
    if (Date.now() > deadline && !isRecovering) throw makePostgresError(installation.paths, "is held by a keeper that is stuck");
    await sleep(pollIntervalMs);
  }
}

interface Starter {
  /** Whether the PostgreSQL that this process started last is still running. */
  isRunning(): boolean;
  /** @throws Error after too many starts */
  start(): Promise<void>;
}

function makeStarter({ paths, binaries, osUser, settings }: Installation): Starter {
  let child: ChildProcess | undefined;
  let starts = 0;
  return {
    isRunning: () => child?.pid !== undefined && child.exitCode === null && child.signalCode === null,
    start: async () => {
      if (starts === maxStarts) throw makePostgresError(paths, "does not start");
      if (starts > 0) await sleep(restartPauseMs);
      starts += 1;
      child = await startPostmaster(paths, binaries, osUser, settings);
    },
  };
}

async function tryLock(session: Client): Promise<boolean> {
  try {
    const answer = await session.query<{ held: boolean }>("select pg_try_advisory_lock($1) as held", [keeperLockKey]);
    return answer.rows[0]?.held === true;
  } catch {
    return false; // the session has ended meanwhile; the caller tries again
  }
}

function makePostgresError(paths: DataPaths, problem: string): Error {
  return new Error(`PostgreSQL ${problem} in ${paths.folder}. The reason may stand in ${paths.postgresLog}.`);
}
