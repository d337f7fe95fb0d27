import type { Knex } from "knex";
import type { AssertionStore } from "../../engine/ports/ledger";
import type { AssertionUse } from "../../engine/redemption";
import type { Database } from "../database";
import { changeRow } from "../database/single-transaction";
import { toTimestamp } from "../database/timestamps";

/** For client assertions that lead to no token. The ledger spends the others together with writing the token. */
export function makeAssertions(database: Database): AssertionStore {
  return {
    async spend(use) {
      const { rowCount } = await database.query(spendStatement, toValues(use));
      return rowCount === 1;
    },
  };
}

/** @returns false if it had been spent before */
export function spendAssertion(transaction: Knex.Transaction, use: AssertionUse): Promise<boolean> {
  return changeRow(transaction, spendStatement, toValues(use));
}

function toValues({ clientId, jti, expiresAt }: AssertionUse): unknown[] {
  return [clientId, jti, toTimestamp(expiresAt * 1000)];
}

const spendStatement = {
  name: "assertion_spend",
  text: "INSERT INTO used_assertions (client_id, jti, expires_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
};

/**
 * The part of the ledger's batched statement that spends the assertions of its rows (`requested`) and returns those that
 * had not been spent before. Every batch spends them in the same order, so that two batches cannot deadlock.
 */
export const spendRequestedAssertions = `
      INSERT INTO used_assertions (client_id, jti, expires_at)
      SELECT assertion_client, assertion_jti, to_timestamp(assertion_expires_at) FROM requested
      WHERE assertion_jti IS NOT NULL ORDER BY assertion_client, assertion_jti
      ON CONFLICT DO NOTHING RETURNING client_id, jti`;
