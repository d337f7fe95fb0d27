import type { AssertionStore } from "../../engine/ports/ledger";
import type { Database } from "../database";
import { moment } from "../database/timestamps";

/** Spends client assertions that lead to no token; the ledger spends the others itself. */
export function makeAssertions(database: Database): AssertionStore {
  return {
    async spend({ clientId, jti, expiresAt }) {
      const { rowCount } = await database.query(spendStatement, [clientId, jti, moment(expiresAt * 1000)]);
      return rowCount === 1;
    },
  };
}

const spendStatement = {
  name: "assertion_spend",
  text: "INSERT INTO used_assertions (client_id, jti, expires_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
};
