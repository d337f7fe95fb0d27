import type { Knex } from "knex";
import type { Ledger } from "../../../src/engine/ports/ledger";
import type { Redemption } from "../../../src/engine/redemption";
import { type LedgerPorts, makeLedger } from "../../../src/store/ledger";
import { toTimestamp } from "../../../src/store/database/timestamps";

/**
 * What the real ledger must not be: it looks whether a one-time thing is still good, and then uses it up. Everything else
 * is as in the real one, transaction included, so that a race which does not catch this one proves nothing.
 */
export function makeBrokenLedger(ports: LedgerPorts): Ledger {
  const ledger = makeLedger({ ...ports, spend: checkThenUpdate });
  return {
    ...ledger,
    async record(entry, spends) {
      if (spends !== undefined) {
        const values = [spends.clientId, spends.jti];
        const { rows } = await ports.database.query(seenBefore, values);
        if (rows.length > 0) return "replayed";
        await ports.database.query(remember, [...values, toTimestamp(spends.expiresAt * 1000)]);
      }
      return ledger.record(entry);
    },
  };
}

const seenBefore = { name: "broken_seen", text: "SELECT 1 FROM used_assertions WHERE client_id = ? AND jti = ?" };
const remember = {
  name: "broken_remember",
  text: "INSERT INTO used_assertions (client_id, jti, expires_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
};

const places = {
  authorization_code: { table: "authorization_codes", column: "spent_at" },
  device_code: { table: "device_codes", column: "spent_at" },
  one_time_token: { table: "one_time_tokens", column: "spent_at" },
  refresh_token: { table: "refresh_tokens", column: "rotated_at" },
} as const satisfies Record<Redemption["kind"], object>;

async function checkThenUpdate(transaction: Knex.Transaction, { kind, digest }: Redemption, at: Date): Promise<boolean> {
  const { table, column } = places[kind];
  const unspent = await transaction(table).where({ digest }).whereNull(column);
  if (unspent.length === 0) return false;
  await transaction(table)
    .where({ digest })
    .update({ [column]: at });
  return true;
}
