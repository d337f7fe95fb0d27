/** Signing keys, encrypted under the master key, and settings that all servers must agree on. */

exports.up = async (knex) => {
  // There is no status column: whether a key is next, active or retired follows from active_from and the clock, so that
  // two servers always agree.
  await knex.raw(`
    CREATE TABLE IF NOT EXISTS signing_keys (
      kid                text PRIMARY KEY,
      algorithm          text NOT NULL,
      generation         integer NOT NULL,
      sealed_private_key bytea NOT NULL,
      sealed_data_key    bytea NOT NULL,
      public_jwk         jsonb,
      created_at         timestamptz NOT NULL,
      active_from        timestamptz NOT NULL,
      CONSTRAINT signing_keys_generation_unique UNIQUE (algorithm, generation)
    )`);
  await knex.raw(`
    CREATE TABLE IF NOT EXISTS settings (
      name  text PRIMARY KEY,
      value text NOT NULL
    )`);
};

exports.down = async (knex) => {
  await knex.raw("DROP TABLE settings, signing_keys");
};
