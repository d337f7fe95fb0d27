/** All child processes start here: with few environment variables, and as another OS user where one is given. */
import { type ChildProcess, execFile, spawn, spawnSync, type SpawnSyncReturns, type StdioOptions } from "node:child_process";
import { promisify } from "node:util";

/** A user of the operating system, other than this process's, as which a child process runs. PostgreSQL refuses to run as root. */
export interface OsUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export interface ChildOptions {
  /** Default: this process's. */
  osUser?: OsUser | undefined;
  cwd?: string;
}

/**
 * The variables that a child process gets. Every other one stays here: the server's settings hold its keys, and `/proc` shows
 * a process's variables to the user as which it runs. LD_LIBRARY_PATH: without it some installations of Node do not start.
 */
const inheritedNames = new Set([
  ...["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH"],
  // Windows: without these, programs find neither system libraries nor a folder for temporary files.
  ...["SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "TEMP", "TMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA"],
]);

/** Messages in English and times in UTC, whatever the caller's are. Windows does not distinguish upper and lower case in names. */
function makeEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => inheritedNames.has(name.toUpperCase()));
  return { ...Object.fromEntries(inherited), LC_ALL: "C", TZ: "UTC" };
}

/** Node expects the ids as signed 32-bit numbers. */
function toSpawnOptions({ osUser, cwd }: ChildOptions) {
  const ids = osUser === undefined ? {} : { uid: osUser.uid | 0, gid: osUser.gid | 0 };
  return { ...(cwd === undefined ? {} : { cwd }), ...ids, env: makeEnvironment(), windowsHide: true };
}

/** @param options `detached`: in a session of its own, so that it outlives this process */
export function startChild(
  program: string,
  args: readonly string[],
  { stdio, detached = false, ...options }: ChildOptions & { stdio: StdioOptions; detached?: boolean },
): ChildProcess {
  return spawn(program, args, { ...toSpawnOptions(options), stdio, detached });
}

/** @returns the standard output, when the child has ended. @throws Error with `stderr` if it fails */
export async function runChild(program: string, args: readonly string[], options: ChildOptions = {}): Promise<string> {
  return (await promisify(execFile)(program, args, { ...toSpawnOptions(options), encoding: "utf8" })).stdout;
}

/** As `runChild`, but blocks until the child has ended, and does not throw. */
export function runChildSync(program: string, args: readonly string[], options: ChildOptions = {}): SpawnSyncReturns<string> {
  return spawnSync(program, args, { ...toSpawnOptions(options), encoding: "utf8" });
}
