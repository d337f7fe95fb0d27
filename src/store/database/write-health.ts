import { randomUUID } from "node:crypto";
import { Unavailable } from "../../engine/refusal";
import { hasSqlState, readSqlState, sqlState } from "./errors";
import type { Queryable, Statement } from "./queryable";

/** What the results of statements tell about whether tokens can be written. */
export interface WriteHealth {
  /** To be told of every statement and transaction that succeeded in writing. */
  noteSuccess(): void;
  /** To be told of whatever a statement or a transaction threw. */
  noteFailure(thrown: unknown): void;
  /** Whether the database was too slow or out of space in the last two seconds, and nothing was written since. */
  hasFailedRecently(): boolean;
  /** Makes the next check write, because a write has failed elsewhere. */
  distrust(): void;
  /** Writes a row and takes it out again, if something has failed since the last write. @throws Unavailable if that fails too */
  check(): Promise<void>;
}

/** After such a write the server is not ready for this long, unless another one has succeeded since. */
const notReadyMs = 2_000;
/** Of a server that can still read. A row that needs no new page can be written, so one that succeeds proves little. */
const writeFailureStates = [sqlState.diskFull, sqlState.ioError];

/** In the newest partition, which has the fewest rows. Without any there is no place to try; the next token makes one. */
const insertStatement: Statement = {
  name: "ready_insert",
  text: `INSERT INTO issued_tokens (jti, issued_at, expires_at, dialect, client_id, grant_type, subject, scope)
    SELECT ?::uuid, now(), max(right(relname, 8))::date::timestamp AT TIME ZONE 'UTC', 'readiness', 'readiness', 'readiness', 'readiness', ''
    FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = 'issued_tokens'::regclass AND relname ~ '_[0-9]{8}$'
    HAVING count(*) > 0 RETURNING expires_at::text`,
};
const deleteStatement: Statement = {
  name: "ready_delete",
  text: "DELETE FROM issued_tokens WHERE jti = ?::uuid AND expires_at = ?::timestamptz",
};

/**
 * A write can fail for reasons that no list has: a trigger, a remote node of a distributed engine, a column that no statement fills. So any
 * error of the database counts. What it means is found out with a row for the ledger that no reader ever sees: one client whose rows fail
 * must not keep the server from being ready.
 * @param transact runs statements in a transaction, and throws what the driver throws
 * @param onFailure called at the first failure after a success
 */
export function makeWriteHealth(
  transact: (work: (within: Queryable) => Promise<void>) => Promise<void>,
  onFailure: () => void = () => undefined,
): WriteHealth {
  let failedAt = -Infinity;
  let mustProve = false;

  return {
    noteSuccess() {
      failedAt = -Infinity;
      mustProve = false;
    },
    noteFailure(thrown) {
      if (isOfDatabase(thrown)) {
        if (!mustProve) onFailure();
        mustProve = true;
      }
      if (thrown instanceof Unavailable && (thrown.kind === "timed_out" || hasSqlState(thrown, ...writeFailureStates)))
        failedAt = performance.now();
    },
    hasFailedRecently: () => performance.now() - failedAt < notReadyMs,
    distrust: () => void (mustProve = true),
    async check() {
      if (!mustProve) return;
      await transact(writeUnseenRow).catch((thrown: unknown) => {
        throw new Unavailable("database", "unreachable", `database: no row can be written: ${String(thrown)}`, thrown);
      });
      mustProve = false;
    },
  };
}

async function writeUnseenRow(within: Queryable): Promise<void> {
  const jti = randomUUID();
  const { rows } = await within.query<{ expires_at: string }>(insertStatement, [jti]);
  for (const { expires_at: end } of rows) await within.query(deleteStatement, [jti, end]);
}

function isOfDatabase(thrown: unknown): boolean {
  return thrown instanceof Unavailable ? thrown.dependency === "database" : readSqlState(thrown) !== undefined;
}
