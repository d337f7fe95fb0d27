import { whoRuns } from "../audit/changes";
import { makeAudit } from "../store/audit";
import { runInTransaction } from "../store/database/single-transaction";
import { inSession, type Session } from "./session";

/** What the audit says of a change. */
export interface Change<T> {
  /** As it is typed, without options. */
  command: string;
  /** Ids of what is changed, which may be known only when it is made; undefined if nothing was changed after all. Never a value. */
  object: string | ((made: T) => string | undefined);
  /** It looks through whole tables, and may take its time. */
  patiently?: true;
}

/** Changes something in a session of its own; see `audited`. */
export function changing<T>(change: Change<T>, work: (session: Session) => Promise<T>): Promise<T> {
  return inSession((session) => audited(session, change, work));
}

/** Changes something and writes down who did, in one transaction: there is no change without its line, and no line without its change. */
export function audited<T>(session: Session, change: Change<T>, work: (session: Session) => Promise<T>): Promise<T> {
  const { command, object, patiently = false } = change;
  return runInTransaction(session.database, patiently, async (database) => {
    const made = await work({ ...session, database });
    const named = typeof object === "string" ? object : object(made);
    if (named !== undefined) await makeAudit(database).recordChange({ ...whoRuns(), command, object: named }, session.clock());
    return made;
  });
}
