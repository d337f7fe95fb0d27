import { hostname, userInfo } from "node:os";
import { makeAudit } from "../store/audit";
import type { Database } from "../store/database";

/** @returns the operating system's user of this process, and the machine it runs on */
export function findOperator(): { osUser: string; host: string } {
  return { osUser: findUserName(), host: hostname() };
}

/** A user without an account, as in a container, has only a number. */
function findUserName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}

/**
 * Records which migrations ran. This audit line alone is written after its change and not together with it, because a migration
 * may create the audit's own table. Without migrations there is no line.
 * @param command the command that ran them
 * @param now epoch milliseconds
 */
export async function recordMigrations(database: Database, command: string, names: readonly string[], now: number): Promise<void> {
  if (names.length > 0) await makeAudit(database).recordChange({ ...findOperator(), command, object: names.join(" ") }, now);
}
