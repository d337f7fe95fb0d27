import pg from "pg";

/** A row of the ledger. Times are epoch seconds. */
export interface BareLedgerRow {
  jti: string;
  issuedAt: number;
  expiresAt: number;
  contract: string;
  clientId: string;
  scope: string;
}

const batchRows = 64;
const batchesAtOnce = 2;

const insert = `
  INSERT INTO issued_tokens (jti, issued_at, expires_at, dialect, client_id, grant_type, subject, actor, scope)
  SELECT jti, to_timestamp(issued_at), to_timestamp(expires_at), dialect, client_id, grant_type, subject, actor, scope
  FROM unnest($1::uuid[], $2::float8[], $3::float8[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
    AS row (jti, issued_at, expires_at, dialect, client_id, grant_type, subject, actor, scope)`;

interface Waiting {
  row: BareLedgerRow;
  resolve: () => void;
  reject: (reason: unknown) => void;
}

/** Commits rows that arrive together in one batch, as Polymint's ledger does, but with plain pg. @returns a function that resolves after the commit */
export function makeBareLedger(connection: pg.PoolConfig): (row: BareLedgerRow) => Promise<void> {
  const pool = new pg.Pool({ ...connection, max: batchesAtOnce });
  const queue: Waiting[] = [];
  let underWay = 0;
  let scheduled = false;

  function schedule(): void {
    if (scheduled || underWay >= batchesAtOnce || queue.length === 0) return;
    scheduled = true;
    setImmediate(flush);
  }

  function flush(): void {
    scheduled = false;
    underWay += 1;
    const batch = queue.splice(0, batchRows);
    const settled = pool.query({ name: "insert", text: insert, values: columnsOf(batch) }).then(
      () => batch.forEach(({ resolve }) => resolve()),
      (reason: unknown) => batch.forEach(({ reject }) => reject(reason)),
    );
    void settled.then(() => {
      underWay -= 1;
      schedule();
    });
    schedule();
  }

  return (row) =>
    new Promise((resolve, reject) => {
      queue.push({ row, resolve, reject });
      schedule();
    });
}

function columnsOf(batch: readonly Waiting[]): unknown[][] {
  const column = (value: (row: BareLedgerRow) => unknown) => batch.map(({ row }) => value(row));
  return [
    column((row) => row.jti),
    column((row) => row.issuedAt),
    column((row) => row.expiresAt),
    column((row) => row.contract),
    column((row) => row.clientId),
    column(() => "client_credentials"),
    column((row) => row.clientId),
    column(() => null),
    column((row) => row.scope),
  ];
}
