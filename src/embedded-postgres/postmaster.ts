import type { ChildProcess } from "node:child_process";
import { closeSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { readDataFile } from "../data-folder/files";
import { type OsUser, runChild, startChild } from "./child-process";
import type { Binaries } from "./binaries";
import { databaseUser } from "./initdb";
import { openLog, writeLog } from "./logs";
import type { DataPaths } from "./paths";
import { makeListenArguments, onWindows } from "./platform";

/** The main process of a PostgreSQL on the data folder, as postmaster.pid describes it. */
export interface Postmaster {
  readonly pid: number;
  readonly host: string;
  readonly port: number;
}

/** Errors reach the client anyway; logging them would let the log grow without bound. */
const quietSettings = { log_min_messages: "log", log_checkpoints: "off" };

/**
 * Finds the running PostgreSQL of this data folder, even if it is starting or stopping. A process id that now belongs to another
 * program, after a reboot or in another container, does not count.
 * @returns undefined if there is none
 */
export async function findPostmaster(paths: DataPaths): Promise<Postmaster | undefined> {
  const server = readPostmaster(paths);
  return server !== undefined && (await isPostmaster(server.pid, paths)) ? server : undefined;
}

/** @returns the PostgreSQL that ran last, whether it still runs or not */
function readPostmaster(paths: DataPaths): Postmaster | undefined {
  const [pid, , , port, socketFolder, listen] = readPidFile(paths);
  if (!(Number(pid) > 0)) return undefined;
  return { pid: Number(pid), host: socketFolder || listen || paths.socketFolder, port: Number(port) };
}

function readPidFile(paths: DataPaths): string[] {
  try {
    return (readDataFile(join(paths.pgdata, "postmaster.pid")) ?? "").split("\n");
  } catch {
    return [];
  }
}

async function isPostmaster(pid: number, paths: DataPaths): Promise<boolean> {
  const command = await readCommandLine(pid);
  return onWindows ? command !== "" : command.includes("postgres") && command.includes(paths.pgdata);
}

/** @returns the command line of a process; empty if it is gone or a zombie. On Windows, any text if the process exists. */
async function readCommandLine(pid: number): Promise<string> {
  try {
    if (onWindows) return `alive: ${String(process.kill(pid, 0))}`; // throws if it is gone
    if (process.platform === "linux") return readFileSync(`/proc/${pid}/cmdline`, "utf8");
    return await runChild("ps", ["-o", "command=", "-p", String(pid)]);
  } catch {
    return "";
  }
}

/**
 * Starts PostgreSQL and returns at once. If another one runs on the folder, PostgreSQL itself notices and ends.
 * @param settings `name: value` as for `postgres -c`; they take precedence over the built-in ones
 * @returns the child process; on Windows it only launches PostgreSQL, so its end means little
 */
export async function startPostmaster(
  paths: DataPaths,
  binaries: Binaries,
  osUser: OsUser | undefined,
  settings: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  await removeForeignPidFile(paths);
  const values = Object.entries({ ...quietSettings, ...settings }).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const options = [...(await makeListenArguments(paths.socketFolder)), ...values];
  const log = openLog(paths.postgresLog);
  try {
    const [program, commandLine] = onWindows
      ? [binaries.pgCtl, makePgCtlArguments(paths, options)]
      : [binaries.postgres, ["-D", paths.pgdata, ...options]];
    const child = startChild(program, commandLine, { cwd: paths.pgdata, stdio: ["ignore", log, log], osUser });
    child.on("error", (error) => writeLog(paths.keeperLog, `PostgreSQL cannot be run: ${error.message}.`));
    return child;
  } finally {
    closeSync(log);
  }
}

/** On Windows PostgreSQL refuses to run with administrator rights, and only pg_ctl drops them. */
function makePgCtlArguments(paths: DataPaths, options: readonly string[]): string[] {
  const quoted = options.map((option) => `"${option}"`).join(" ");
  return ["start", "-D", paths.pgdata, "-l", paths.postgresLog, "-W", "-o", quoted];
}

/** PostgreSQL ignores the file of a dead server, but not if its process id now belongs to another program. */
async function removeForeignPidFile(paths: DataPaths): Promise<void> {
  const pid = readPostmaster(paths)?.pid;
  if (pid === undefined || !isPidInUse(pid) || (await isPostmaster(pid, paths))) return;
  if (readPostmaster(paths)?.pid === pid) rmSync(join(paths.pgdata, "postmaster.pid"), { force: true });
}

function isPidInUse(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/**
 * Opens a session on the running PostgreSQL, in the database `postgres`.
 * @returns undefined if none is running, it does not accept sessions, or it turns out to run on another folder
 */
export async function openSession(paths: DataPaths): Promise<Client | undefined> {
  const server = readPostmaster(paths); // also one in another container, whose process id is not visible here
  if (server === undefined) return undefined;
  const client = new Client({
    host: server.host,
    port: server.port,
    user: databaseUser,
    database: "postgres",
    application_name: "polymint keeper",
    options: "-c idle_session_timeout=0 -c statement_timeout=0",
    connectionTimeoutMillis: 5_000,
    ...readPassword(paths),
  });
  client.on("error", () => undefined); // 'end' follows
  try {
    await client.connect();
    const answer = await client.query<{ data_directory: string }>("show data_directory");
    if (realpathSync(answer.rows[0]?.data_directory ?? "") === realpathSync(paths.pgdata)) return client;
  } catch {
    // it is starting, stopping or gone; the caller tries again
  }
  client.end().catch(() => undefined);
  return undefined;
}

/** @returns the password of the database user: on Windows from its file, elsewhere none */
export function readPassword(paths: DataPaths): { password?: string } {
  return onWindows ? { password: readDataFile(paths.passwordFile) ?? "" } : {};
}

/** Stops PostgreSQL with a fast shutdown, which ends its sessions and loses nothing. Returns when the process is gone, however long that takes. */
export async function stopPostmaster(paths: DataPaths, binaries: Binaries): Promise<void> {
  const server = await findPostmaster(paths);
  if (server === undefined) return;
  if (onWindows) {
    await runChild(binaries.pgCtl, ["stop", "-D", paths.pgdata, "-m", "fast", "-W"]);
  } else {
    process.kill(server.pid, "SIGINT"); // SIGKILL would leave shared memory behind
  }
  while (await isPostmaster(server.pid, paths)) await sleep(20);
}
