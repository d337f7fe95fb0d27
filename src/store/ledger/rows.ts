import type { LedgerEntry } from "../../engine/ports/ledger";
import type { AssertionUse } from "../../engine/redemption";
import type { Statement } from "../database";
import type { Part } from "../database/parts";
import { toTimestamp } from "../database/timestamps";
import { spendRequestedAssertions } from "./assertions";

/** The arguments of one call of `record`. */
export interface LedgerRow {
  entry: LedgerEntry;
  spends: AssertionUse | undefined;
}

const requestedSql = `
  json_to_recordset(?::json) AS row (
    jti uuid, issued_at float8, expires_at float8, dialect text, client_id text, grant_type text, subject text, actor text,
    scope text, family uuid, stepped_up_until float8,
    assertion_client text, assertion_jti text, assertion_expires_at float8, assertion_usable_from float8
  )`;

const insertSql = `
  INSERT INTO issued_tokens
    (jti, issued_at, expires_at, dialect, client_id, grant_type, subject, actor, scope, family, stepped_up_until)
  SELECT jti, to_timestamp(issued_at), to_timestamp(expires_at), dialect, client_id, grant_type, subject, actor, scope,
    family, to_timestamp(stepped_up_until)`;

/** Writes any number of rows that spend no assertion. */
export const recordStatement: Statement = { name: "ledger_record", text: `${insertSql} FROM ${requestedSql}` };

/**
 * Writes any number of rows and spends their assertions. A row whose assertion was spent before is not written, and its
 * jti is not returned.
 */
export const recordSpendingStatement: Statement = {
  name: "ledger_record_spending",
  text: `
    WITH requested AS (SELECT * FROM ${requestedSql}
    ), spent AS (${spendRequestedAssertions}
    )
    ${insertSql} FROM requested
    WHERE assertion_jti IS NULL OR (assertion_client, assertion_jti) IN (SELECT spent.client_id, spent.jti FROM spent)
    RETURNING jti`,
};

/**
 * Writes rows as the JSON that the two statements take. An array per column would cost the driver and PostgreSQL more: a single
 * row takes PostgreSQL 110 µs so, and 170 µs with arrays.
 */
export function toJson(rows: readonly LedgerRow[]): string {
  return JSON.stringify(
    rows.map(({ entry, spends }) => ({
      jti: entry.jti,
      issued_at: entry.issuedAt,
      expires_at: entry.expiresAt,
      dialect: entry.contract,
      client_id: entry.clientId,
      grant_type: entry.grant,
      subject: entry.subject,
      actor: entry.actor,
      scope: entry.scope,
      family: entry.family,
      stepped_up_until: entry.steppedUpUntil,
      assertion_client: spends?.clientId,
      assertion_jti: spends?.jti,
      assertion_expires_at: spends?.expiresAt,
      assertion_usable_from: spends?.usableFrom,
    })),
  );
}

/** Writes the row of a token that something was spent for. */
export function makeWriteRow(entry: LedgerEntry): Part {
  const { jti, issuedAt, expiresAt, contract, clientId, grant, subject, actor, scope, family = null } = entry;
  const until = entry.steppedUpUntil === undefined ? null : toTimestamp(entry.steppedUpUntil * 1000);
  const times = [toTimestamp(issuedAt * 1000), toTimestamp(expiresAt * 1000)];
  return { name: "recorded", sql: writeSql, values: [jti, ...times, contract, clientId, grant, subject, actor, scope, family, until] };
}

const writeSql = `
  INSERT INTO issued_tokens
    (jti, issued_at, expires_at, dialect, client_id, grant_type, subject, actor, scope, family, stepped_up_until)
  SELECT ?::uuid, ?::timestamptz, ?::timestamptz, ?::text, ?::text, ?::text, ?::text, ?::text, ?::text, ?::uuid, ?::timestamptz
  FROM spent`;
