import { makeAudit } from "../store/audit";
import type { Database } from "../store/database";
import { findOperator } from "./changes";

/**
 * The one change whose line is written after it: the table of lines may be among what is made. Without migrations there is none.
 * @param command that made them
 * @param now epoch milliseconds
 */
export async function recordMigrations(database: Database, command: string, names: readonly string[], now: number): Promise<void> {
  if (names.length > 0) await makeAudit(database).recordChange({ ...findOperator(), command, object: names.join(" ") }, now);
}
