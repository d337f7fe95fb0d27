import type { AssertionStore } from "../../engine/ports/ledger";
import type { AssertionUse } from "../../engine/redemption";
import type { Database } from "../database";
import type { Part } from "../database/parts";
import { toTimestamp } from "../database/timestamps";
import { cutOffBeforeSql } from "./cutoffs";

/**
 * Each statement of this file refuses an assertion as one that was spent before, if it could have been used before the moment at which
 * everything was cut off: after a restore, the database has forgotten the uses between the backup and that moment.
 */

/** For client assertions that lead to no token. The ledger spends the others together with writing the token. */
export function makeAssertions(database: Database): AssertionStore {
  return {
    async spend(use) {
      const { rowCount } = await database.query(spendStatement, toValues(use));
      return rowCount === 1;
    },
  };
}

/** Spends assertions, with a row for each that had not been spent before. */
export function makeSpendAssertions(uses: readonly AssertionUse[]): Part {
  const values = [
    uses.map(({ clientId }) => clientId),
    uses.map(({ jti }) => jti),
    uses.map(({ expiresAt }) => expiresAt),
    uses.map(({ usableFrom }) => usableFrom),
  ];
  return { name: "proved", sql: spendAllSql, values };
}

function toValues({ clientId, jti, expiresAt, usableFrom }: AssertionUse): unknown[] {
  return [clientId, jti, toTimestamp(expiresAt * 1000), toTimestamp(usableFrom * 1000)];
}

const spendStatement = {
  name: "assertion_spend",
  text: `
    INSERT INTO used_assertions (client_id, jti, expires_at)
    SELECT ?::text, ?::text, ?::timestamptz WHERE ?::timestamptz >= ${cutOffBeforeSql}
    ON CONFLICT DO NOTHING`,
};

/** Every request spends them in the same order as the others, so that two requests cannot deadlock. */
const spendAllSql = `
  INSERT INTO used_assertions (client_id, jti, expires_at)
  SELECT client_id, jti, to_timestamp(expires_at)
  FROM spent, unnest(?::text[], ?::text[], ?::float8[], ?::float8[]) AS use (client_id, jti, expires_at, usable_from)
  WHERE to_timestamp(usable_from) >= ${cutOffBeforeSql}
  ORDER BY client_id, jti
  ON CONFLICT DO NOTHING RETURNING 1`;

/**
 * The part of the ledger's batched statement that spends the assertions of its rows (`requested`) and returns those that
 * had not been spent before. Every batch spends them in the same order, so that two batches cannot deadlock.
 */
export const spendRequestedAssertions = `
      INSERT INTO used_assertions (client_id, jti, expires_at)
      SELECT assertion_client, assertion_jti, to_timestamp(assertion_expires_at) FROM requested
      WHERE assertion_jti IS NOT NULL AND to_timestamp(assertion_usable_from) >= ${cutOffBeforeSql}
      ORDER BY assertion_client, assertion_jti
      ON CONFLICT DO NOTHING RETURNING client_id, jti`;
