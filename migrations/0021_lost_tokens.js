/**
 * Tokens that were answered and are not in the ledger any more, because the database lost commits in a failover or was
 * restored to an earlier moment. A row per token: it stays in the table until the token has expired and an operator has
 * acknowledged the loss.
 */

exports.up = async (knex) => {
  await knex.raw(`
    CREATE TABLE IF NOT EXISTS lost_tokens (
      jti             uuid PRIMARY KEY,
      issued_at       timestamptz NOT NULL,
      expires_at      timestamptz NOT NULL,
      dialect         text NOT NULL,
      client_id       text NOT NULL,
      found_at        timestamptz NOT NULL,
      acknowledged_at timestamptz,
      kept_until      timestamptz
    )`);
  // `kept_until` is the expiry once a loss is acknowledged, and null before, so that the purge finds no other rows.
  // The first index is for /health/ready, which counts them at every probe.
  await knex.raw("CREATE INDEX IF NOT EXISTS lost_tokens_open ON lost_tokens (issued_at) WHERE acknowledged_at IS NULL");
  await knex.raw("CREATE INDEX IF NOT EXISTS lost_tokens_kept_until ON lost_tokens (kept_until)");
};

exports.down = async (knex) => {
  await knex.raw("DROP TABLE lost_tokens");
};
