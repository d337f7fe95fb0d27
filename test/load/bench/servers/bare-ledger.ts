import pg from "pg";

/** A row of the ledger. Times are epoch seconds. */
export interface BareLedgerRow {
  jti: string;
  issuedAt: number;
  expiresAt: number;
  endpoint: string;
  clientId: string;
  scope: string;
  /** The assertion that is spent with the row. */
  assertion?: { jti: string; expiresAt: number };
}

const batchRows = 64;
const batchesAtOnce = 2;

const insert = `
  INSERT INTO issued_tokens (jti, issued_at, expires_at, dialect, client_id, grant_type, subject, actor, scope)
  SELECT jti, to_timestamp(issued_at), to_timestamp(expires_at), dialect, client_id, grant_type, subject, actor, scope
  FROM unnest($1::uuid[], $2::float8[], $3::float8[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
    AS row (jti, issued_at, expires_at, dialect, client_id, grant_type, subject, actor, scope)
  RETURNING jti`;

/** Writes only the rows whose assertions were not spent before. */
const insertAndSpend = `
  WITH requested AS (
    SELECT * FROM unnest(
      $1::uuid[], $2::float8[], $3::float8[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::float8[]
    ) AS row (jti, issued_at, expires_at, dialect, client_id, grant_type, subject, actor, scope, assertion, assertion_expires_at)
  ), spent AS (
    INSERT INTO used_assertions (client_id, jti, expires_at)
    SELECT client_id, assertion, to_timestamp(assertion_expires_at) FROM requested
    ON CONFLICT DO NOTHING RETURNING jti
  )
  INSERT INTO issued_tokens (jti, issued_at, expires_at, dialect, client_id, grant_type, subject, actor, scope)
  SELECT jti, to_timestamp(issued_at), to_timestamp(expires_at), dialect, client_id, grant_type, subject, actor, scope
  FROM requested WHERE assertion IN (SELECT jti FROM spent)
  RETURNING jti`;

interface Waiting {
  row: BareLedgerRow;
  resolve: (written: boolean) => void;
  reject: (reason: unknown) => void;
}

/** Records a row. @returns after the commit, whether it was written: not if its assertion was spent before */
export type RecordRow = (row: BareLedgerRow) => Promise<boolean>;

/** Commits rows that arrive together in one batch, as Polymint's ledger does, but with plain pg. */
export function makeBareLedger(connection: pg.PoolConfig): RecordRow {
  return makeBatches(connection, { name: "insert", text: insert }, columnsOf);
}

/** The same for rows that spend assertions. */
export function makeSpendingLedger(connection: pg.PoolConfig): RecordRow {
  return makeBatches(connection, { name: "insert_and_spend", text: insertAndSpend }, (batch) => [
    ...columnsOf(batch),
    batch.map(({ row }) => row.assertion?.jti),
    batch.map(({ row }) => row.assertion?.expiresAt),
  ]);
}

function makeBatches(
  connection: pg.PoolConfig,
  statement: { name: string; text: string },
  valuesOf: (batch: readonly Waiting[]) => unknown[][],
): RecordRow {
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
    const settled = pool.query<{ jti: string }>({ ...statement, values: valuesOf(batch) }).then(
      ({ rows }) => {
        const written = new Set(rows.map(({ jti }) => jti));
        batch.forEach(({ row, resolve }) => resolve(written.has(row.jti)));
      },
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
    column((row) => row.endpoint),
    column((row) => row.clientId),
    column(() => "client_credentials"),
    column((row) => row.clientId),
    column(() => null),
    column((row) => row.scope),
  ];
}
