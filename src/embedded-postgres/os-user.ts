import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { dirname } from "node:path";

/** The user PostgreSQL runs as, when that is not the user we run as: PostgreSQL refuses root. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const CANDIDATES = ["postgres", "_postgres", "nobody"];

/** True when this process is root. */
export function weAreRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * The account that everything of a data folder runs as, keeper included, when root uses a folder that belongs
 * to somebody else: its owner, who can then go on using it. Undefined in every other case.
 */
export function ownerAccount(folder: string): Account | undefined {
  if (!weAreRoot()) return undefined;
  const owner = statSync(folder);
  return owner.uid === 0 ? undefined : { name: `user ${owner.uid}`, uid: owner.uid, gid: owner.gid };
}

/**
 * The account PostgreSQL runs as when it is not our own: undefined for an ordinary user. As root it is the
 * owner of an existing cluster, or for a new one the first of postgres, _postgres (macOS) and nobody.
 * Throws when root finds none of them.
 */
export function postgresAccount(pgdata: string): Account | undefined {
  if (!weAreRoot()) return undefined;
  const owner = statSync(pgdata, { throwIfNoEntry: false });
  if (owner !== undefined && owner.uid !== 0) {
    return { name: `user ${owner.uid}`, uid: owner.uid, gid: owner.gid };
  }
  for (const name of CANDIDATES) {
    const uid = idOf("-u", name);
    const gid = idOf("-g", name);
    if (uid && gid) return { name, uid, gid };
  }
  throw new Error(
    'PostgreSQL does not run as root, and there is no user "postgres" or "nobody" to run it as. ' +
      "Create one (useradd --system postgres) or start as an ordinary user.",
  );
}

function idOf(flag: "-u" | "-g", name: string): number | undefined {
  const answer = spawnSync("id", [flag, name], { encoding: "utf8" });
  return answer.status === 0 ? Number(answer.stdout.trim()) : undefined;
}

/** The spawn options that make a child run as the account. Node wants the ids as signed 32-bit numbers. */
export function runAs(account: Account | undefined): { uid?: number; gid?: number } {
  return account === undefined ? {} : { uid: account.uid | 0, gid: account.gid | 0 };
}

/**
 * The topmost folder on the way to `folder` (itself included) that the account cannot enter, or undefined.
 * Asked of the kernel, not computed from mode bits, so that access lists count. Folders must exist.
 */
export function blockedAt(account: Account | undefined, folder: string): string | undefined {
  if (account === undefined) return undefined;
  const script = 'for d in "$@"; do cd "$d" 2>/dev/null || { printf %s "$d"; exit 0; }; done';
  const answer = spawnSync("/bin/sh", ["-c", script, "sh", ...pathTo(folder)], {
    encoding: "utf8",
    cwd: "/",
    ...runAs(account),
  });
  if (answer.error !== undefined) throw answer.error;
  return answer.stdout === "" ? undefined : answer.stdout;
}

function pathTo(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [...pathTo(parent), folder];
}
