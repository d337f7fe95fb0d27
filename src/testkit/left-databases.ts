import { createHash, randomBytes } from "node:crypto";
import { readlinkSync } from "node:fs";
import { hostname } from "node:os";
import type { Database } from "../store/database";

/**
 * Names a new database, so that the processes of this machine can tell whose it is.
 * @param kind `draft` for a template that is not complete
 */
export function nameDatabase(kind: "test" | "draft"): string {
  return `polymint_${kind}_${nameMachine()}_${process.pid}_${randomBytes(8).toString("hex")}`;
}

/**
 * Drops what processes of this machine have left behind: they were killed, or never stopped their server. The server may be shared with other
 * machines, of whose processes nothing is known here.
 */
export async function dropLeftDatabases(admin: Database): Promise<void> {
  const names = await admin.build((knex) =>
    knex("pg_database").where("datname", "~", "^polymint_(test|draft)_").pluck<string[]>("datname"),
  );
  for (const name of names.filter(isLeft)) await admin.build((knex) => knex.raw("DROP DATABASE IF EXISTS ?? WITH (FORCE)", [name]));
}

function isLeft(name: string): boolean {
  const [, , machine, pid] = name.split("_");
  return machine === nameMachine() && pid !== undefined && !isRunning(Number(pid));
}

function isRunning(pid: number): boolean {
  try {
    // Signal 0 only asks.
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** Containers may have the same host name, and yet count their processes each for itself. */
function nameMachine(): string {
  return createHash("sha256").update(`${hostname()} ${readProcessNamespace()}`).digest("hex").slice(0, 8);
}

function readProcessNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}
