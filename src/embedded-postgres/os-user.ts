import { statSync } from "node:fs";
import { dirname } from "node:path";
import { type OsUser, runChildSync } from "./child-process";

const candidateNames = ["postgres", "_postgres", "nobody"];

/** @returns whether this process runs as root */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * Finds the owner of the folder if this process is root and the owner is not. The keeper and PostgreSQL then run as the owner, who
 * can go on using the folder.
 * @returns undefined in every other case
 */
export function findFolderOwner(folder: string): OsUser | undefined {
  if (!isRoot()) return undefined;
  const owner = statSync(folder);
  return owner.uid === 0 ? undefined : { name: `user ${owner.uid}`, uid: owner.uid, gid: owner.gid };
}

/**
 * Finds the user as which PostgreSQL runs if this process is root: the owner of the data directory or, for a new one, the first
 * that exists of postgres, _postgres (macOS) and nobody.
 * @returns undefined for an ordinary user, whose PostgreSQL runs as the same user
 * @throws Error if root finds no such user
 */
export function findPostgresUser(pgdata: string): OsUser | undefined {
  if (!isRoot()) return undefined;
  const owner = statSync(pgdata, { throwIfNoEntry: false });
  if (owner !== undefined && owner.uid !== 0) {
    return { name: `user ${owner.uid}`, uid: owner.uid, gid: owner.gid };
  }
  for (const name of candidateNames) {
    const uid = lookUpId("-u", name);
    const gid = lookUpId("-g", name);
    if (uid && gid) return { name, uid, gid };
  }
  throw new Error(
    'PostgreSQL does not run as root, and there is no user "postgres" or "nobody" to run it as. ' +
      "Create one (useradd --system postgres) or start as an ordinary user.",
  );
}

function lookUpId(flag: "-u" | "-g", name: string): number | undefined {
  const answer = runChildSync("id", [flag, name]);
  return answer.status === 0 ? Number(answer.stdout.trim()) : undefined;
}

/**
 * Finds the topmost folder on the path to `folder` (itself included) that the OS user cannot enter. Tries to enter each instead of
 * reading mode bits, so that access control lists count. The folders must exist.
 * @returns undefined if the user can enter all of them
 */
export function findBlockedFolder(osUser: OsUser | undefined, folder: string): string | undefined {
  if (osUser === undefined) return undefined;
  const script = 'for d in "$@"; do cd "$d" 2>/dev/null || { printf %s "$d"; exit 0; }; done';
  const answer = runChildSync("/bin/sh", ["-c", script, "sh", ...listAncestors(folder)], { cwd: "/", osUser });
  if (answer.error !== undefined) throw answer.error;
  return answer.stdout === "" ? undefined : answer.stdout;
}

function listAncestors(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [...listAncestors(parent), folder];
}
