import { type Caller, mustStillWait } from "../../engine/caller";
import type { Ledger, LedgerEntry } from "../../engine/ports/ledger";
import type { AssertionUse } from "../../engine/redemption";
import { Unavailable } from "../../engine/refusal";
import { makeBatches } from "../batches";
import type { Database } from "../database";
import { type LedgerRow, recordSpendingStatement, recordStatement, toJson } from "./rows";
import { hasSqlState, sqlState } from "../database/errors";
import type { AnsweredTokens } from "./answered-tokens";
import { toEpochDay, type Partitions } from "./partitions";

/** Rows per statement at most. Larger statements wrote no more rows per second. */
const batchRows = 64;
/** A second batch is sent while the first commits. A third would only make each of them smaller. */
const batchesAtOnce = 2;
/** How many rows of the queue are considered for a batch. */
const lookAhead = 2 * batchRows;

export interface BatchWriterPorts {
  database: Database;
  partitions: Partitions;
  /** Gets every token whose row was committed. */
  answered?: AnsweredTokens | undefined;
  /** Called after every batch, whether it was written or failed. Nothing is measured without it. */
  onBatch?: ((batch: BatchReport) => void) | undefined;
}

/** Size and times of a batch that was written or failed. */
export interface BatchReport {
  rows: number;
  /** Milliseconds that its oldest row waited in the queue. */
  waitedMs: number;
  /** Milliseconds from then to the answer of the database. */
  wroteMs: number;
}

export interface BatchWriter extends Pick<Ledger, "drain"> {
  /** Writes the row of a token that spends at most one assertion. @returns as `Ledger.record` */
  write(entry: LedgerEntry, spends: AssertionUse | undefined, caller: Caller | undefined): Promise<"recorded" | "replayed">;
}

interface QueuedRow extends LedgerRow {
  caller: Caller | undefined;
  /** By `performance.now()`; 0 if nothing is measured. */
  queuedAt: number;
  resolve(outcome: "recorded" | "replayed"): void;
  reject(reason: unknown): void;
}

/**
 * Tokens that are issued at the same time share one statement, and their requests are answered after its commit.
 *
 * When a statement fails, its rows are written one by one, so that a bad row fails alone. When the database is
 * unreachable, all rows of the batch fail; one may have been written nevertheless, but its token is never sent to a
 * client. When the database does not answer in time, the rows in the queue fail too, because each would wait that long
 * again.
 */
export function makeBatchWriter(ports: BatchWriterPorts): BatchWriter {
  const now = ports.onBatch === undefined ? () => 0 : () => performance.now();

  async function run(taken: readonly QueuedRow[], queue: QueuedRow[]): Promise<void> {
    const batch = taken.filter(isStillWanted);
    const startedAt = now();
    const unavailable = await writeBatch(ports, batch);
    ports.onBatch?.({ rows: batch.length, waitedMs: startedAt - (batch[0]?.queuedAt ?? startedAt), wroteMs: now() - startedAt });
    if (unavailable?.kind === "timed_out") for (const row of queue.splice(0)) row.reject(unavailable);
  }

  const batches = makeBatches({ atOnce: batchesAtOnce, take: takeBatch, run });
  return {
    write: (entry, spends, caller) =>
      new Promise<"recorded" | "replayed">((resolve, reject) => {
        batches.add({ entry, spends, caller, queuedAt: now(), resolve, reject });
      }),
    drain: () => batches.drain(),
  };
}

/** Rejects a row whose request has ended while it was in the queue. @returns whether the row is to be written */
function isStillWanted(row: QueuedRow): boolean {
  try {
    if (row.caller !== undefined) mustStillWait(row.caller);
    return true;
  } catch (reason) {
    row.reject(reason);
    return false;
  }
}

/**
 * Takes the next batch off the queue. Two rows that spend the same assertion never share a batch, because the statement
 * would write both of them.
 */
function takeBatch(queue: QueuedRow[]): QueuedRow[] {
  const batch: QueuedRow[] = [];
  const postponed: QueuedRow[] = [];
  const assertions = new Set<string>();
  for (const row of queue.splice(0, lookAhead)) {
    const assertion = row.spends && `${row.spends.clientId}\0${row.spends.jti}`;
    if (batch.length === batchRows || (assertion !== undefined && assertions.has(assertion))) {
      postponed.push(row);
      continue;
    }
    if (assertion !== undefined) assertions.add(assertion);
    batch.push(row);
  }
  queue.unshift(...postponed);
  return batch;
}

/** Settles every row of the batch. @returns the error if the database was unavailable */
async function writeBatch(ports: BatchWriterPorts, batch: readonly QueuedRow[]): Promise<Unavailable | undefined> {
  try {
    if (batch.length > 0) await insertBatch(ports, batch);
  } catch (reason) {
    const retryOneByOne = !(reason instanceof Unavailable) || hasSqlState(reason, sqlState.deadlock);
    if (retryOneByOne && batch.length > 1) return writeOneByOne(ports, batch);
    for (const row of batch) row.reject(reason);
    if (reason instanceof Unavailable) return reason;
  }
  return undefined;
}

async function writeOneByOne(ports: BatchWriterPorts, batch: readonly QueuedRow[]): Promise<Unavailable | undefined> {
  let unavailable: Unavailable | undefined;
  for (const row of batch) {
    if (unavailable !== undefined) {
      row.reject(unavailable);
      continue;
    }
    try {
      await insertBatch(ports, [row]);
    } catch (reason) {
      if (reason instanceof Unavailable) unavailable = reason;
      row.reject(reason);
    }
  }
  return unavailable;
}

/** Resolves after the commit, with every row settled. If it rejects, no row is settled. */
async function insertBatch({ database, partitions, answered }: BatchWriterPorts, rows: readonly QueuedRow[]): Promise<void> {
  const spends = rows.some((row) => row.spends !== undefined);
  const days = new Set(rows.map((row) => toEpochDay(row.entry.expiresAt)));
  const send = async () => {
    for (const day of days) await partitions.ensureDay(day);
    return database.query<{ jti: string }>(spends ? recordSpendingStatement : recordStatement, [toJson(rows)]);
  };
  const result = await send().catch((reason: unknown) => {
    // The partition that this process knew is gone: a server whose clock runs ahead, or an operator, has dropped it.
    if (!hasSqlState(reason, sqlState.checkViolation)) throw reason;
    for (const day of days) partitions.forget(day);
    return send();
  });
  const written = new Set(result.rows.map((row) => row.jti));
  for (const row of rows) {
    const isRecorded = !spends || written.has(row.entry.jti);
    if (isRecorded) answered?.add(row.entry);
    row.resolve(isRecorded ? "recorded" : "replayed");
  }
}
