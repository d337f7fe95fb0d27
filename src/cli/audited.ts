import { findOperator } from "../audit/changes";
import { makeAudit } from "../store/audit";
import { runInTransaction } from "../store/database/single-transaction";
import { type CommandSession, withSession } from "./session";

/** What the audit says of a change. */
export interface CommandChange<T> {
  /** As it is typed, without options. */
  command: string;
  /** Ids of what is changed, which may be known only when it is made; undefined if nothing was changed after all. Never a value. */
  object: string | ((made: T) => string | undefined);
  /** It looks through whole tables, and may take its time. */
  patiently?: true;
}

/** Changes something in a session of its own; see `audited`. */
export function runAuditedChange<T>(change: CommandChange<T>, work: (session: CommandSession) => Promise<T>): Promise<T> {
  return withSession((session) => auditChange(session, change, work));
}

/** Changes something and writes down who did, in one transaction: there is no change without its line, and no line without its change. */
export function auditChange<T>(
  session: CommandSession,
  change: CommandChange<T>,
  work: (session: CommandSession) => Promise<T>,
): Promise<T> {
  const { command, object, patiently = false } = change;
  return runInTransaction(session.database, patiently, async (database) => {
    const made = await work({ ...session, database });
    const named = typeof object === "string" ? object : object(made);
    if (named !== undefined) await makeAudit(database).recordChange({ ...findOperator(), command, object: named }, session.clock());
    return made;
  });
}
