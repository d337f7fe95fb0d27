import type { ChildProcess } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "pg";
import type { Account } from "./os-user";
import type { Binaries } from "./binaries";
import type { Places } from "./paths";
import { openSession, runningServer, startServer } from "./postmaster";

/** A running PostgreSQL that this process is the only keeper of. */
export interface Custody {
  /** Holds the keeper lock; open it stays. */
  readonly session: Client;
  /** Resolves when PostgreSQL, or just this session, is gone. */
  readonly ended: Promise<void>;
}

/** What is needed to run the PostgreSQL of one data folder. */
export interface Installation {
  readonly places: Places;
  readonly binaries: Binaries;
  readonly account: Account | undefined;
  readonly settings: Readonly<Record<string, string>>;
}

const STARTS = 6;
const PAUSE_BETWEEN_STARTS = 500; // ms; backends of a killed postmaster need a moment to notice
const PAUSE_BETWEEN_LOOKS = 25; // ms
const PATIENCE = 55_000; // ms, with a cluster that somebody else runs

/** "polymint" as a number; whoever holds this advisory lock is the keeper. */
const KEEPER_LOCK = 0x706f6c79;

/**
 * Brings PostgreSQL up, started or found running, and makes this process its keeper. Who starts it is
 * decided by PostgreSQL's own lock file, who keeps it by an advisory lock, held by the returned session:
 * both vanish with their holder, also on kill -9. So an orphan is adopted and there are never two keepers.
 * @param another tells whether another keeper answers its users
 * @returns undefined when another keeper serves
 * @throws Error when PostgreSQL does not start after several attempts
 */
export async function takeCustody(installation: Installation, another: () => Promise<boolean>): Promise<Custody | undefined> {
  const deadline = Date.now() + PATIENCE;
  const start = new Starter(installation);
  for (;;) {
    const session = await openSession(installation.places);
    if (session !== undefined) {
      const ended = new Promise<void>((resolve) => session.once("end", () => resolve()));
      if (await isKeeper(session)) return { session, ended };
      session.end().catch(() => undefined);
      if (await another()) return undefined;
    } else if (!start.isUnderWay() && (await runningServer(installation.places)) === undefined) {
      await start.again();
    }
    // A server of our own may take its time to recover from a crash.
    const ownRecovery = session === undefined && start.isUnderWay();
    if (Date.now() > deadline && !ownRecovery) throw failure(installation.places, "is held by a keeper that is stuck");
    await pause(PAUSE_BETWEEN_LOOKS);
  }
}

class Starter {
  private child: ChildProcess | undefined;
  private starts = 0;

  constructor(private readonly installation: Installation) {}

  isUnderWay(): boolean {
    const { child } = this;
    return child?.pid !== undefined && child.exitCode === null && child.signalCode === null;
  }

  async again(): Promise<void> {
    const { places, binaries, account, settings } = this.installation;
    if (this.starts === STARTS) throw failure(places, "does not start");
    if (this.starts > 0) await pause(PAUSE_BETWEEN_STARTS);
    this.starts += 1;
    this.child = await startServer(places, binaries, account, settings);
  }
}

async function isKeeper(session: Client): Promise<boolean> {
  try {
    const answer = await session.query<{ held: boolean }>("select pg_try_advisory_lock($1) as held", [KEEPER_LOCK]);
    return answer.rows[0]?.held === true;
  } catch {
    return false; // it went away in between: look again
  }
}

function failure(places: Places, what: string): Error {
  return new Error(`PostgreSQL ${what} in ${places.folder}; ${places.postgresLog} may say why`);
}
