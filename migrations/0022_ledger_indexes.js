/**
 * Finds a token by its jti, and the newest tokens of a client. The primary key has the same columns as before in the other order, so
 * that the first costs nothing; a partition is found by the time that a jti begins with.
 */

exports.up = async (knex) => {
  // A ledger with tokens gets both from a server, which builds them while requests are answered (src/store/ledger/indexes.ts).
  const { rows } = await knex.raw("SELECT 1 FROM issued_tokens LIMIT 1");
  if (rows.length > 0) return;
  await knex.raw("ALTER TABLE issued_tokens DROP CONSTRAINT issued_tokens_pkey, ADD PRIMARY KEY (jti, expires_at)");
  await knex.raw("CREATE INDEX IF NOT EXISTS issued_tokens_client_id_jti ON issued_tokens (client_id, jti)");
};

exports.down = async (knex) => {
  await knex.raw("DROP INDEX IF EXISTS issued_tokens_client_id_jti");
  await knex.raw("ALTER TABLE issued_tokens DROP CONSTRAINT issued_tokens_pkey, ADD PRIMARY KEY (expires_at, jti)");
};
