/** A PostgreSQL server for one test, to be stopped, killed and misconfigured. */
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import type { OsUser } from "../../src/embedded-postgres/child-process";
import { findPostgresUser, isRoot } from "../../src/embedded-postgres/os-user";
import { type Binaries, findBinaries } from "../../src/embedded-postgres/binaries";
import { ensureDataDirectory } from "../../src/embedded-postgres/initdb";
import { derivePaths } from "../../src/embedded-postgres/paths";
import { findPostmaster, startPostmaster, stopPostmaster } from "../../src/embedded-postgres/postmaster";
import { findFreePort } from "../../src/testkit";

/** A PostgreSQL server on TCP for one test. Nothing restarts it when it ends. */
export interface OwnPostgres {
  /** The URL of the server, for `startPolymint({ databaseUrl })`. */
  url: string;
  port: number;
  /** The data directory. */
  pgdata: string;
  /** Sends a signal to the postmaster and resolves when it has ended. SIGINT is a fast shutdown, SIGQUIT and SIGKILL are no orderly ones. */
  end(signal: "SIGINT" | "SIGQUIT" | "SIGKILL"): Promise<void>;
  /** Starts the server, and resolves when it accepts sessions. */
  start(): Promise<void>;
  /** Changes a setting for all sessions, existing ones included. @param value as in postgresql.conf; null for the default */
  set(name: string, value: string | null): Promise<void>;
  /** Runs statements as superuser, one after the other, in database `postgres`. @returns the rows of the last one */
  run(...statements: string[]): Promise<Record<string, unknown>[]>;
  /** Makes a folder for a tablespace on a disk of so many MB. Undefined if this user may not mount one. */
  smallDisk(megabytes: number): string | undefined;
  /** Stops the server and removes its files. */
  remove(): Promise<void>;
}

/** How the server differs from the usual one. */
export interface OwnPostgresOptions {
  /** As for `postgres -c`, from the first start on. */
  settings?: Readonly<Record<string, string>>;
  /** Fills the data directory before the first start; it has been made already, unless `empty` is set. */
  prepare?: (place: OwnPlace) => Promise<void>;
  /** Leaves out initdb. */
  empty?: boolean;
  /** Of another PostgreSQL than the embedded one. */
  programs?: Binaries;
  /** The folder of the npm package with the programs; default: the installed one. */
  packageRoot?: string;
}

/** Where a server's files are, and as whom its processes run. */
export interface OwnPlace {
  folder: string;
  pgdata: string;
  account: OsUser | undefined;
  binaries: Binaries;
}

export async function makeOwnPostgres(options: OwnPostgresOptions = {}): Promise<OwnPostgres> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "polymint-fault-")));
  chmodSync(folder, 0o755);
  const places = derivePaths(folder);
  const account = findPostgresUser(places.pgdata);
  const binaries = options.programs ?? findBinaries(folder, account, options.packageRoot);
  if (account !== undefined) chownSync(folder, account.uid, account.gid);
  if (options.empty !== true) await ensureDataDirectory(places, binaries, account);
  await options.prepare?.({ folder, pgdata: places.pgdata, account, binaries });
  const port = await findFreePort();
  // Without fsync it is quicker, and no test cuts the power.
  const settings = { listen_addresses: "127.0.0.1", port: String(port), fsync: "off", max_connections: "60", ...options.settings };
  const disks: string[] = [];

  /** The server's own session has a setting that PostgreSQL 13 does not know. */
  const answers = (): Promise<boolean> =>
    run("SELECT 1").then(
      () => true,
      () => false,
    );
  const start = async (): Promise<void> => {
    let server = await startPostmaster(places, binaries, account, settings);
    for (;;) {
      if (await answers()) return;
      // A new postmaster gives up while sessions of a killed one still run.
      if (server.exitCode !== null) server = await startPostmaster(places, binaries, account, settings);
      await sleep(20);
    }
  };
  const run = async (...statements: string[]): Promise<Record<string, unknown>[]> => {
    const client = new Client({
      host: "127.0.0.1",
      port,
      user: "polymint",
      database: "postgres",
      options: "-c default_transaction_read_only=off",
    });
    await client.connect();
    try {
      let rows: Record<string, unknown>[] = [];
      for (const statement of statements) ({ rows } = await client.query<Record<string, unknown>>(statement));
      return rows;
    } finally {
      await client.end();
    }
  };
  await start();

  return {
    url: `postgres://polymint@127.0.0.1:${port}/postgres`,
    port,
    pgdata: places.pgdata,
    start,
    run,
    async end(signal) {
      const server = await findPostmaster(places);
      if (server === undefined) return;
      process.kill(server.pid, signal);
      while ((await findPostmaster(places)) !== undefined) await sleep(10);
    },
    async set(name, value) {
      const loadedAt = async () => String((await run("SELECT pg_conf_load_time()::text AS at"))[0]?.at);
      const before = await loadedAt();
      await run(value === null ? `ALTER SYSTEM RESET ${name}` : `ALTER SYSTEM SET ${name} = '${value}'`, "SELECT pg_reload_conf()");
      while ((await loadedAt()) === before) await sleep(10);
    },
    smallDisk: (megabytes) => {
      const disk = mountSmallDisk(join(folder, `disk-${disks.length}`), megabytes, account);
      if (disk !== undefined) disks.push(disk);
      return disk;
    },
    async remove() {
      await stopPostmaster(places, binaries);
      for (const disk of disks) execFileSync("umount", ["--lazy", disk]);
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

function mountSmallDisk(folder: string, megabytes: number, account: OsUser | undefined): string | undefined {
  if (process.platform !== "linux" || !isRoot() || account === undefined) return undefined;
  mkdirSync(folder);
  try {
    const options = `size=${megabytes}m,uid=${account.uid},gid=${account.gid},mode=0700`;
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder], { stdio: "ignore" });
    return folder;
  } catch {
    return undefined;
  }
}
