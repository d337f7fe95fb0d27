/** Databases for the benchmark and the soak test. */
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionParameters, useEmbeddedPostgres } from "../../../src/embedded-postgres";
import { type Database, openDatabase } from "../../../src/store/database";

/** A PostgreSQL with an empty database for each server. */
export interface Databases {
  /** Process id of the PostgreSQL server, whose children are its connections. */
  pid: number;
  make(server: string): Promise<BenchDatabase>;
  /** Drops them all. */
  close(): Promise<void>;
}

export interface BenchDatabase {
  connection: ConnectionParameters;
  /** A `postgres://` URL of the same. */
  url: string;
  database: Database;
}

/** Kept between runs, because making a cluster takes longer than starting it. */
const folder = join(tmpdir(), `polymint-bench-${process.getuid?.() ?? "user"}`);

export async function openDatabases(): Promise<Databases> {
  const embedded = await useEmbeddedPostgres({ folder, explicit: true });
  const admin = openBenchDatabase(embedded.getConnectionParameters("postgres"));
  const made: { name: string; database: Database }[] = [];
  await dropLeftovers(admin);
  return {
    pid: await readServerPid(admin),
    async make(server) {
      const name = `bench_${process.pid}_${server.replaceAll("-", "_")}`;
      await admin.build((knex) => knex.raw("CREATE DATABASE ??", [name]));
      const connection = embedded.getConnectionParameters(name);
      const database = openBenchDatabase(connection);
      made.push({ name, database });
      return { connection, url: databaseUrlOf(connection), database };
    },
    async close() {
      for (const { name, database } of made) {
        await database.close();
        await drop(admin, name);
      }
      await admin.close();
      await embedded.release();
    },
  };
}

/** The first line of this file is the process id (PostgreSQL, "Database File Layout"). */
async function readServerPid(admin: Database): Promise<number> {
  const shown = await admin.build((knex) => knex.raw<{ rows: { data_directory: string }[] }>("SHOW data_directory"));
  return parseInt(await readFile(join(shown.rows[0]?.data_directory ?? "", "postmaster.pid"), "utf8"), 10);
}

/** Drops the databases of runs that were killed. */
async function dropLeftovers(admin: Database): Promise<void> {
  const rows = await admin.build((knex) => knex<{ datname: string }>("pg_database").select("datname").whereLike("datname", "bench\\_%"));
  for (const { datname } of rows) if (!isRunning(Number(datname.split("_")[1]))) await drop(admin, datname);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function drop(admin: Database, name: string): Promise<void> {
  await admin.build((knex) => knex.raw("DROP DATABASE IF EXISTS ?? WITH (FORCE)", [name]));
}

/** Opens one of them once more, as another server would. */
export function openBenchDatabase(connection: ConnectionParameters): Database {
  return openDatabase({ connection: { ...connection }, poolMax: 2, connectTimeoutMs: 10_000, statementTimeoutMs: 60_000 });
}

/** The host may be the folder of a Unix socket, which a URL can carry only as a parameter. */
function databaseUrlOf({ host, port, user, password = "", database }: ConnectionParameters): string {
  const credentials = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  return `postgres://${credentials}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`;
}
