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

/**
 * Writes any number of rows and spends their assertions. A row whose assertion was spent before is not written, and its
 * jti is not returned.
 */
export const recordStatement: Statement = {
  name: "ledger_record",
  text: `
    WITH requested AS (
      SELECT * FROM unnest(
        ?::uuid[], ?::float8[], ?::float8[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[],
        ?::uuid[], ?::float8[], ?::text[], ?::text[], ?::float8[]
      ) AS row (
        jti, issued_at, expires_at, dialect, client_id, grant_type, subject, actor, scope, family, stepped_up_until,
        assertion_client, assertion_jti, assertion_expires_at
      )
    ), spent AS (${spendRequestedAssertions}
    )
    INSERT INTO issued_tokens
      (jti, issued_at, expires_at, dialect, client_id, grant_type, subject, actor, scope, family, stepped_up_until)
    SELECT jti, to_timestamp(issued_at), to_timestamp(expires_at), dialect, client_id, grant_type, subject, actor, scope,
      family, to_timestamp(stepped_up_until)
    FROM requested
    WHERE assertion_jti IS NULL OR (assertion_client, assertion_jti) IN (SELECT spent.client_id, spent.jti FROM spent)
    RETURNING jti`,
};

/** Turns rows into columns, in the order of the values of `recordStatement`. */
export function toColumns(rows: readonly LedgerRow[]): unknown[][] {
  const column = (value: (entry: LedgerEntry) => unknown) => rows.map(({ entry }) => value(entry));
  const assertionColumn = (value: (use: AssertionUse) => unknown) =>
    rows.map(({ spends }) => (spends === undefined ? null : value(spends)));
  return [
    column((entry) => entry.jti),
    column((entry) => entry.issuedAt),
    column((entry) => entry.expiresAt),
    column((entry) => entry.contract),
    column((entry) => entry.clientId),
    column((entry) => entry.grant),
    column((entry) => entry.subject),
    column((entry) => entry.actor),
    column((entry) => entry.scope),
    column((entry) => entry.family ?? null),
    column((entry) => entry.steppedUpUntil ?? null),
    assertionColumn((use) => use.clientId),
    assertionColumn((use) => use.jti),
    assertionColumn((use) => use.expiresAt),
  ];
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
