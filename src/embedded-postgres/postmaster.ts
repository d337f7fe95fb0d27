import { type ChildProcess, execFile, spawn } from "node:child_process";
import { closeSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { Client } from "pg";
import { type Account, runAs } from "./os-user";
import type { Binaries } from "./binaries";
import { DATABASE_USER } from "./initdb";
import { openLog, writeLog } from "./logs";
import type { Places } from "./paths";
import { listenArguments, onWindows } from "./platform";

/** A PostgreSQL that lives on the data folder, as its postmaster.pid tells. */
export interface RunningServer {
  readonly pid: number;
  readonly host: string;
  readonly port: number;
}

/** Errors reach the client anyway; in the log they would grow without bound. */
const QUIET = { log_min_messages: "log", log_checkpoints: "off" };

/**
 * The live PostgreSQL of this data folder, starting and stopping ones included; undefined if there is none.
 * A pid that a reboot or a container gave to some other program does not count.
 */
export async function runningServer(places: Places): Promise<RunningServer | undefined> {
  const server = lastServer(places);
  return server !== undefined && (await isOurServer(server.pid, places)) ? server : undefined;
}

/** The latest one, alive or not. */
function lastServer(places: Places): RunningServer | undefined {
  const [pid, , , port, socketFolder, listen] = pidFile(places);
  if (!(Number(pid) > 0)) return undefined;
  return { pid: Number(pid), host: socketFolder || listen || places.socketFolder, port: Number(port) };
}

function pidFile(places: Places): string[] {
  try {
    return readFileSync(join(places.pgdata, "postmaster.pid"), "utf8").split("\n");
  } catch {
    return [];
  }
}

async function isOurServer(pid: number, places: Places): Promise<boolean> {
  const command = await commandOf(pid);
  return onWindows ? command !== "" : command.includes("postgres") && command.includes(places.pgdata);
}

/** The command line of a process; empty when it is gone or a zombie. On Windows only whether it is there. */
async function commandOf(pid: number): Promise<string> {
  try {
    if (onWindows) return `alive: ${String(process.kill(pid, 0))}`; // throws when it is gone
    if (process.platform === "linux") return readFileSync(`/proc/${pid}/cmdline`, "utf8");
    return (await promisify(execFile)("ps", ["-o", "command=", "-p", String(pid)])).stdout;
  } catch {
    return "";
  }
}

/**
 * Starts PostgreSQL and returns at once. Should another one live on the folder, this one gives way by itself.
 * @param settings `name: value` as for `postgres -c`; they win over ours
 * @returns the child, whose end means little on Windows, where it only launches
 */
export async function startServer(
  places: Places,
  binaries: Binaries,
  account: Account | undefined,
  settings: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  await removeForeignPidFile(places);
  const values = Object.entries({ ...QUIET, ...settings }).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const options = [...(await listenArguments(places.socketFolder)), ...values];
  const log = openLog(places.postgresLog);
  try {
    const [program, commandLine] = onWindows
      ? [binaries.pgCtl, launchOnWindows(places, options)]
      : [binaries.postgres, ["-D", places.pgdata, ...options]];
    const child = spawn(program, commandLine, {
      cwd: places.pgdata,
      stdio: ["ignore", log, log],
      windowsHide: true,
      ...runAs(account),
    });
    child.on("error", (error) => writeLog(places.keeperLog, `PostgreSQL cannot be run: ${error.message}`));
    return child;
  } finally {
    closeSync(log);
  }
}

/** Only pg_ctl drops the administrator rights with which PostgreSQL refuses to run. */
function launchOnWindows(places: Places, options: readonly string[]): string[] {
  const quoted = options.map((option) => `"${option}"`).join(" ");
  return ["start", "-D", places.pgdata, "-l", places.postgresLog, "-W", "-o", quoted];
}

/** PostgreSQL ignores the file of a dead server, but not when its pid now belongs to another program. */
async function removeForeignPidFile(places: Places): Promise<void> {
  const pid = lastServer(places)?.pid;
  if (pid === undefined || !isTaken(pid) || (await isOurServer(pid, places))) return;
  if (lastServer(places)?.pid === pid) rmSync(join(places.pgdata, "postmaster.pid"), { force: true });
}

function isTaken(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/**
 * A session on the running PostgreSQL, in database `postgres`, or undefined while there is none or it does
 * not take sessions. A server that turns out to live on another folder counts as none.
 */
export async function openSession(places: Places): Promise<Client | undefined> {
  const server = lastServer(places); // also one whose pid we cannot see, in another container
  if (server === undefined) return undefined;
  const client = new Client({
    host: server.host,
    port: server.port,
    user: DATABASE_USER,
    database: "postgres",
    application_name: "polymint keeper",
    options: "-c idle_session_timeout=0 -c statement_timeout=0",
    connectionTimeoutMillis: 5_000,
    ...passwordOf(places),
  });
  client.on("error", () => undefined); // the 'end' event tells the same
  try {
    await client.connect();
    const answer = await client.query<{ data_directory: string }>("show data_directory");
    if (realpathSync(answer.rows[0]?.data_directory ?? "") === realpathSync(places.pgdata)) return client;
  } catch {
    // starting, stopping or gone: the caller asks again
  }
  client.end().catch(() => undefined);
  return undefined;
}

/** The password of the database user: on Windows from its file, elsewhere there is none. */
export function passwordOf(places: Places): { password?: string } {
  return onWindows ? { password: readFileSync(places.passwordFile, "utf8") } : {};
}

/** Fast shutdown: sessions are ended, nothing is lost. Returns when the process is gone, however long it takes. */
export async function stopServer(places: Places, binaries: Binaries): Promise<void> {
  const server = await runningServer(places);
  if (server === undefined) return;
  if (onWindows) {
    await promisify(execFile)(binaries.pgCtl, ["stop", "-D", places.pgdata, "-m", "fast", "-W"]);
  } else {
    process.kill(server.pid, "SIGINT"); // SIGKILL would leave shared memory behind
  }
  while (await isOurServer(server.pid, places)) await pause(20);
}
