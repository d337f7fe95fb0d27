/** Fills a database with old tokens and clients, in SQL. */
import type { Database } from "../../../../src/store/database";
import { makePartitions } from "../../../../src/store/ledger/partitions";

/** What a database is filled with, beside what the measurement itself writes. */
export interface Size {
  ledgerRows: number;
  clients: number;
}

/** Brings a database to a size, and lets PostgreSQL finish its work on it, so that none of it is measured. */
export async function fill(database: Database, { ledgerRows, clients }: Size): Promise<void> {
  await makePartitions(database).ensurePartitions(Date.now(), 1);
  await database.runLongTask(async (knex) => {
    await knex.raw(fillClientsText, [clients, clients]);
    await knex.raw(fillLedgerText, [Math.max(Math.floor(ledgerRows / 100), 1), ledgerRows, ledgerRows]);
    await knex.raw("VACUUM ANALYZE clients, client_secrets, issued_tokens");
    await knex.raw("CHECKPOINT");
  });
}

/** One that has every tenth token, and one that has a hundred of all. */
export const clientWithMany = "filled-2";
export const clientWithFew = "few";

/** Copies of a registered client with other ids, each with a secret. */
const fillClientsText = `
  WITH added AS (
    INSERT INTO clients SELECT (jsonb_populate_record(model, jsonb_build_object('id', 'filled-' || n))).*
    FROM clients model, generate_series(1, ?::int) n WHERE model.id = 'demo-abbeycross'
  )
  INSERT INTO client_secrets (client_id, digest, created_at)
  SELECT 'filled-' || n, sha256(('filled-' || n)::bytea), now() FROM generate_series(1, ?::int) n`;

/**
 * Live tokens that expire within the lifetime of those that are measured: most are in the same partition as them. Each was issued an hour
 * before it expires, as its jti says (UUIDv7, RFC 9562 §5.7).
 */
const fillLedgerText = `
  INSERT INTO issued_tokens (jti, issued_at, expires_at, dialect, client_id, grant_type, subject, scope)
  SELECT
    (lpad(to_hex((extract(epoch FROM issued) * 1000)::bigint), 12, '0') || '7' || substr(random, 1, 3) || '8' || substr(random, 4, 15))::uuid,
    issued, issued + interval '1 hour', 'abbeycross', client, 'client_credentials', client, 'accounts payments'
  FROM (
    SELECT
      CASE n % ?::int WHEN 0 THEN '${clientWithFew}' ELSE 'filled-' || n % 10 + 1 END AS client,
      md5(n::text) AS random, now() - interval '1 hour' * (1 - n::float8 / ?::int) AS issued
    FROM generate_series(1, ?::int) n
  ) filled`;
