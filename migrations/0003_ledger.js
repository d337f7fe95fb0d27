/** The ledger of issued tokens, and the client assertions that must not be used again. */

exports.up = async (knex) => {
  // One partition per UTC day of expiry, named issued_tokens_YYYYMMDD; the server creates them. There is no default
  // partition, because attaching another would scan it under a lock. There are no foreign keys, because a row outlives
  // its client.
  await knex.raw(`
    CREATE TABLE IF NOT EXISTS issued_tokens (
      jti        uuid NOT NULL,
      issued_at  timestamptz NOT NULL,
      expires_at timestamptz NOT NULL,
      dialect    text NOT NULL,
      client_id  text NOT NULL,
      grant_type text NOT NULL,
      subject    text NOT NULL,
      actor      text,
      scope      text NOT NULL,
      revoked_at timestamptz,
      PRIMARY KEY (expires_at, jti)
    ) PARTITION BY RANGE (expires_at)`);
  await knex.raw(`
    CREATE TABLE IF NOT EXISTS used_assertions (
      client_id  text NOT NULL,
      jti        text NOT NULL,
      expires_at timestamptz NOT NULL,
      PRIMARY KEY (client_id, jti)
    )`);
  await knex.raw("CREATE INDEX IF NOT EXISTS used_assertions_expires_at ON used_assertions (expires_at)");
};

exports.down = async (knex) => {
  await knex.raw("DROP TABLE used_assertions, issued_tokens");
};
