/** A PgBouncer in transaction mode, with the file of docs/operating/poolers.md. */
import { spawn, spawnSync } from "node:child_process";
import { chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { findPostgresUser } from "../../../src/embedded-postgres/os-user";
import { findFreePort } from "../../../src/testkit";

export interface PgBouncer {
  /** For `pg`: a database behind it. */
  lead(connection: Record<string, unknown>): Record<string, unknown>;
  /** The URL of a database behind it. */
  url(database: string): string;
  /** Runs a command of its console, such as `SHOW POOLS`. */
  show(command: string): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

/** Where PostgreSQL listens: a host and a port, or the folder of a Unix socket. */
export interface Target {
  host: string;
  port: number;
}

/** PGBOUNCER names another one than the one in PATH. */
const program = process.env.PGBOUNCER ?? "pgbouncer";

/** @returns such as 1.18; undefined if there is no PgBouncer */
export function findPgBouncerVersion(): number | undefined {
  const { error, stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
  const version = error === undefined ? /^PgBouncer (\d+\.\d+)/i.exec(stdout)?.[1] : undefined;
  return version === undefined ? undefined : Number(version);
}

/** From this version on it can keep prepared statements. */
export const keepsStatementsFrom = 1.21;

/** Who logs in; PostgreSQL trusts this machine. */
const password = "a password of the tests";

/**
 * Starts one in front of all databases of a PostgreSQL.
 * @param changes settings that replace those of the page
 */
export async function startPgBouncer(target: Target, changes: Readonly<Record<string, string>> = {}): Promise<PgBouncer> {
  const folder = mkdtempSync(join(tmpdir(), "polymint-pgbouncer-"));
  const port = Number(changes.listen_port ?? (await findFreePort()));
  const account = findPostgresUser(join(folder, "none"));
  const file = join(folder, "pgbouncer.ini");
  const own = { listen_port: String(port), auth_file: join(folder, "userlist.txt"), unix_socket_dir: "", admin_users: "polymint" };
  writeFileSync(own.auth_file, `"polymint" "${password}"\n`);
  writeFileSync(file, makeFile(target, { ...own, ...changes }));
  if (account !== undefined) chownSync(folder, account.uid, account.gid);
  const ids = account === undefined ? {} : { uid: account.uid, gid: account.gid };
  const child = spawn(program, [file], { stdio: ["ignore", "ignore", "pipe"], cwd: folder, ...ids });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  child.unref();
  (child.stderr as unknown as { unref(): void }).unref();
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const login = { host: "127.0.0.1", port, user: "polymint", password };
  const bouncer: PgBouncer = {
    lead: (connection) => ({ ...login, database: readDatabase(connection) }),
    url: (database) => `postgres://polymint:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`,
    show: async (command) => {
      const client = new Client({ ...login, database: "pgbouncer" });
      await client.connect();
      try {
        return (await client.query<Record<string, unknown>>(command)).rows;
      } finally {
        await client.end();
      }
    },
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
  for (const deadline = performance.now() + 10_000; ;) {
    if (child.exitCode !== null || performance.now() > deadline) throw new Error(`PgBouncer does not run: ${log}`);
    const [first] = await bouncer.show("SHOW VERSION").catch(() => []);
    if (first !== undefined) return bouncer;
    await sleep(20);
  }
}

function readDatabase({ database, connectionString }: Record<string, unknown>): string {
  return typeof connectionString === "string" ? new URL(connectionString).pathname.slice(1) : String(database);
}

function makeFile({ host, port }: Target, changes: Readonly<Record<string, string>>): string {
  const page = readFileSync(join(__dirname, "..", "..", "..", "docs", "operating", "poolers.md"), "utf8");
  const [, text = ""] = /```ini\n([^`]*)```/.exec(page) ?? [];
  const lines = text
    .replace(/^polymint = .*$/m, `* = host=${host} port=${port}`)
    .split("\n")
    .filter((line) => line.trim() !== "" && !Object.keys(changes).some((name) => line.startsWith(`${name} =`)))
    // An older one does not start with a setting that it does not know.
    .filter((line) => (findPgBouncerVersion() ?? 0) >= keepsStatementsFrom || !line.startsWith("max_prepared_statements"));
  return [...lines, ...Object.entries(changes).map(([name, value]) => `${name} = ${value}`), ""].join("\n");
}
