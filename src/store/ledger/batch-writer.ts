import { type Caller, mustStillWait } from "../../engine/caller";
import type { Ledger } from "../../engine/ports/ledger";
import { Unavailable } from "../../engine/refusal";
import type { Database } from "../database";
import { toColumns, type LedgerRow, recordStatement } from "./rows";
import { hasSqlState, sqlState } from "../database/errors";
import { toEpochDay, type Partitions } from "./partitions";

/** Rows of one statement at most; larger ones made no more rows a second. */
const batchRows = 64;
/** A second batch is sent while the first commits; a third would only be smaller. */
const batchesAtOnce = 2;
/** How far a batch looks into the queue for rows that may join it. */
const lookAhead = 2 * batchRows;

export interface BatchWriterPorts {
  database: Database;
  partitions: Partitions;
  /** Told of every batch once it is over; nothing is measured where nobody is. */
  onBatch?: ((batch: BatchReport) => void) | undefined;
}

/** A batch, written or failed. */
export interface BatchReport {
  rows: number;
  /** Milliseconds that its oldest row waited for its turn. */
  waitedMs: number;
  /** Milliseconds from then to the answer of the database. */
  wroteMs: number;
}

interface QueuedRow extends LedgerRow {
  caller: Caller | undefined;
  /** 0 where nobody is told. */
  queuedAt: number;
  resolve(outcome: "recorded" | "replayed"): void;
  reject(reason: unknown): void;
}

/**
 * Requests that arrive together share one statement, and are answered after its commit. There is no timer: a request
 * that comes alone is written at once, and while batches are under way the next one fills.
 *
 * A statement that fails is tried again row by row, so that a bad row fails alone. If the database is away, all fail
 * with that; then a row may have been written all the same, of a token that nobody ever saw. If it does not answer in
 * time, those still in the queue fail too: they would each wait that long again.
 */
export function makeBatchWriter(ports: BatchWriterPorts): Pick<Ledger, "record" | "drain"> {
  const queue: QueuedRow[] = [];
  let underWay = 0;
  let scheduled = false;
  let drained: (() => void)[] = [];
  const now = ports.onBatch === undefined ? () => 0 : () => performance.now();

  function schedule(): void {
    if (scheduled || underWay >= batchesAtOnce || queue.length === 0) return;
    scheduled = true;
    setImmediate(flush);
  }

  function flush(): void {
    scheduled = false;
    underWay += 1;
    const batch = takeBatch(queue).filter(isStillWanted);
    const begunAt = now();
    void writeBatch(ports, batch).then((away) => {
      ports.onBatch?.({ rows: batch.length, waitedMs: begunAt - (batch[0]?.queuedAt ?? begunAt), wroteMs: now() - begunAt });
      if (away?.kind === "timed_out") for (const row of queue.splice(0)) row.reject(away);
      underWay -= 1;
      schedule();
      if (underWay === 0 && queue.length === 0) {
        for (const resolve of drained) resolve();
        drained = [];
      }
    });
    schedule();
  }

  return {
    record: (entry, spends, caller) =>
      new Promise<"recorded" | "replayed">((resolve, reject) => {
        queue.push({ entry, spends, caller, queuedAt: now(), resolve, reject });
        schedule();
      }),
    drain: () =>
      new Promise((resolve) => {
        if (underWay === 0 && queue.length === 0) resolve();
        else drained.push(resolve);
      }),
  };
}

/** Who was given up while others were written is not written at all. */
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
 * Takes the next batch off the queue. Two rows that spend the same assertion never share one: within a statement
 * neither could be told from the other.
 */
function takeBatch(queue: QueuedRow[]): QueuedRow[] {
  const batch: QueuedRow[] = [];
  const held: QueuedRow[] = [];
  const spending = new Set<string>();
  for (const row of queue.splice(0, lookAhead)) {
    const assertion = row.spends && `${row.spends.clientId}\0${row.spends.jti}`;
    if (batch.length === batchRows || (assertion !== undefined && spending.has(assertion))) {
      held.push(row);
      continue;
    }
    if (assertion !== undefined) spending.add(assertion);
    batch.push(row);
  }
  queue.unshift(...held);
  return batch;
}

/** Answers every row of the batch. @returns what the database was away with, if it was */
async function writeBatch(ports: BatchWriterPorts, batch: readonly QueuedRow[]): Promise<Unavailable | undefined> {
  try {
    if (batch.length > 0) await insertBatch(ports, batch);
  } catch (reason) {
    const apart = !(reason instanceof Unavailable) || hasSqlState(reason, sqlState.deadlock);
    if (apart && batch.length > 1) return writeOneByOne(ports, batch);
    for (const row of batch) row.reject(reason);
    if (reason instanceof Unavailable) return reason;
  }
  return undefined;
}

async function writeOneByOne(ports: BatchWriterPorts, batch: readonly QueuedRow[]): Promise<Unavailable | undefined> {
  let away: Unavailable | undefined;
  for (const row of batch) {
    if (away !== undefined) {
      row.reject(away);
      continue;
    }
    try {
      await insertBatch(ports, [row]);
    } catch (reason) {
      if (reason instanceof Unavailable) away = reason;
      row.reject(reason);
    }
  }
  return away;
}

/** Resolves after the commit, with every row answered; rejects with none answered. */
async function insertBatch({ database, partitions }: BatchWriterPorts, rows: readonly QueuedRow[]): Promise<void> {
  const days = new Set(rows.map((row) => toEpochDay(row.entry.expiresAt)));
  const send = async () => {
    for (const day of days) await partitions.ensureDay(day);
    return database.query<{ jti: string }>(recordStatement, toColumns(rows));
  };
  const answer = await send().catch((reason: unknown) => {
    // A partition this process knew is gone: another server's clock, or a person, found it expired.
    if (!hasSqlState(reason, sqlState.checkViolation)) throw reason;
    for (const day of days) partitions.forget(day);
    return send();
  });
  const written = new Set(answer.rows.map((row) => row.jti));
  for (const row of rows) row.resolve(written.has(row.entry.jti) ? "recorded" : "replayed");
}
