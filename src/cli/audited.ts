import { findOperator } from "../audit/changes";
import { makeAudit } from "../store/audit";
import { runInTransaction } from "../store/database/single-transaction";
import { showProgress } from "./progress";
import { type CommandSession, withSession } from "./session";

/** What the audit records of a change. */
export interface CommandChange<T> {
  /** The command as it is typed, without options. */
  command: string;
  /**
   * Ids of the changed objects, never values. A function gets the result of the change, and returns undefined if nothing was
   * changed.
   */
  object: string | ((result: T) => string | undefined);
  /** The change may take long: each of its statements gets ten minutes. */
  patient?: boolean;
  /** Makes the change, rolls it back, and writes no audit line: so the result tells exactly what the change would do. */
  dryRun?: boolean;
}

/** Opens a session and makes a change in it, as `auditChange` does. */
export function runAuditedChange<T>(change: CommandChange<T>, work: (session: CommandSession) => Promise<T>): Promise<T> {
  return withSession((session) => auditChange(session, change, work));
}

/** Rolls a dry run back; never leaves this file. */
class DryRunEndedError extends Error {
  constructor(readonly result: unknown) {
    super("dry run");
  }
}

/**
 * Makes a change and records who made it, in one transaction: there is no change without its audit line, and no line without its
 * change.
 */
export async function auditChange<T>(
  session: CommandSession,
  change: CommandChange<T>,
  work: (session: CommandSession) => Promise<T>,
): Promise<T> {
  try {
    return await showProgress(changeInTransaction(session, change, work));
  } catch (thrown) {
    if (thrown instanceof DryRunEndedError) return thrown.result as T;
    throw thrown;
  }
}

function changeInTransaction<T>(
  session: CommandSession,
  { command, object, patient = false, dryRun = false }: CommandChange<T>,
  work: (session: CommandSession) => Promise<T>,
): Promise<T> {
  return runInTransaction(session.database, patient, async (database) => {
    const result = await work({ ...session, database });
    if (dryRun) throw new DryRunEndedError(result);
    const changedIds = typeof object === "string" ? object : object(result);
    if (changedIds !== undefined)
      await makeAudit(database).recordChange({ ...findOperator(), command, object: changedIds }, session.clock());
    return result;
  });
}
