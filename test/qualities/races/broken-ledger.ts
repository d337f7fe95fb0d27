import type { Ledger } from "../../../src/engine/ports/ledger";
import type { Redemption } from "../../../src/engine/redemption";
import { type LedgerPorts, makeLedger } from "../../../src/store/ledger";
import type { Queryable } from "../../../src/store/database";
import { toTimestamp } from "../../../src/store/database/timestamps";

/**
 * Deliberately wrong: it looks whether a one-time credential is still unspent, and spends it afterwards. Everything else,
 * the transaction included, is as in the real ledger, so a race that does not catch this one proves nothing.
 */
export function makeBrokenLedger(ports: LedgerPorts): Ledger {
  const ledger = makeLedger({ ...ports, spend: checkThenUpdate });
  return {
    ...ledger,
    async record(entry, spends) {
      for (const { clientId, jti, expiresAt } of spends?.assertions ?? []) {
        const { rows } = await ports.database.query(findStatement, [clientId, jti]);
        if (rows.length > 0) return "replayed";
        await ports.database.query(insertStatement, [clientId, jti, toTimestamp(expiresAt * 1000)]);
      }
      return ledger.record(entry, { ...spends, assertions: [] });
    },
  };
}

const findStatement = { name: "broken_find", text: "SELECT 1 FROM used_assertions WHERE client_id = ? AND jti = ?" };
const insertStatement = {
  name: "broken_insert",
  text: "INSERT INTO used_assertions (client_id, jti, expires_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
};

const spentColumns = {
  authorization_code: { table: "authorization_codes", column: "spent_at" },
  device_code: { table: "device_codes", column: "spent_at" },
  one_time_token: { table: "one_time_tokens", column: "spent_at" },
  refresh_token: { table: "refresh_tokens", column: "rotated_at" },
} as const satisfies Record<Exclude<Redemption["kind"], "access_token">, object>;

async function checkThenUpdate(within: Queryable, redemption: Redemption, at: Date): Promise<boolean> {
  // An access token is not used up by an exchange: test/store/exchanges.test.ts has the race with its revocation.
  if (redemption.kind === "access_token") throw new Error("no race spends access tokens");
  const { kind, digest } = redemption;
  const { table, column } = spentColumns[kind];
  const find = { name: `broken_look_${kind}`, text: `SELECT 1 FROM ${table} WHERE digest = ? AND ${column} IS NULL` };
  if ((await within.query(find, [digest])).rows.length === 0) return false;
  await within.query({ name: `broken_spend_${kind}`, text: `UPDATE ${table} SET ${column} = ? WHERE digest = ?` }, [at, digest]);
  return true;
}
