/** Codes that stand for a person's approval, and the families of tokens that one approval leads to. */

exports.up = async (knex) => {
  // There are no foreign keys to people and clients: codes and tokens outlive them, and are refused when they are used.
  await knex.raw(`
    CREATE TABLE IF NOT EXISTS token_families (
      id         uuid PRIMARY KEY,
      client_id  text NOT NULL,
      person_id  text NOT NULL,
      scope      text NOT NULL,
      auth_time  timestamptz NOT NULL,
      created_at timestamptz NOT NULL,
      expires_at timestamptz NOT NULL,
      revoked_at timestamptz
    )`);
  await knex.raw("CREATE INDEX IF NOT EXISTS token_families_expires_at ON token_families (expires_at)");
  await knex.raw(`
    CREATE TABLE IF NOT EXISTS refresh_tokens (
      digest     bytea PRIMARY KEY,
      family     uuid NOT NULL REFERENCES token_families (id) ON DELETE CASCADE,
      created_at timestamptz NOT NULL,
      expires_at timestamptz NOT NULL,
      rotated_at timestamptz,
      successor  bytea
    )`);
  await knex.raw("CREATE INDEX IF NOT EXISTS refresh_tokens_family ON refresh_tokens (family)");
  // The family has its id before its row exists, so that a second use of a code finds the tokens of the first.
  await knex.raw(`
    CREATE TABLE IF NOT EXISTS authorization_codes (
      digest            bytea PRIMARY KEY,
      family            uuid NOT NULL,
      client_id         text NOT NULL,
      person_id         text NOT NULL,
      redirect_uri      text NOT NULL,
      code_challenge    text NOT NULL,
      nonce             text,
      scope             text NOT NULL,
      auth_time         timestamptz NOT NULL,
      family_expires_at timestamptz NOT NULL,
      created_at        timestamptz NOT NULL,
      expires_at        timestamptz NOT NULL,
      spent_at          timestamptz
    )`);
  await knex.raw("CREATE INDEX IF NOT EXISTS authorization_codes_expires_at ON authorization_codes (expires_at)");
  await knex.raw(`
    CREATE TABLE IF NOT EXISTS device_codes (
      digest           bytea PRIMARY KEY,
      user_code        text NOT NULL,
      client_id        text NOT NULL,
      scope            text NOT NULL,
      status           text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'approved', 'denied')),
      person_id        text,
      auth_time        timestamptz,
      interval_seconds integer NOT NULL,
      polled_too_early boolean NOT NULL DEFAULT false,
      last_polled_at   timestamptz,
      created_at       timestamptz NOT NULL,
      expires_at       timestamptz NOT NULL,
      spent_at         timestamptz,
      CONSTRAINT device_codes_user_code_unique UNIQUE (user_code)
    ) WITH (fillfactor = 70)`);
  await knex.raw("CREATE INDEX IF NOT EXISTS device_codes_expires_at ON device_codes (expires_at)");
  await knex.raw("ALTER TABLE issued_tokens ADD COLUMN IF NOT EXISTS family uuid");
};

exports.down = async (knex) => {
  await knex.raw("ALTER TABLE issued_tokens DROP COLUMN family");
  await knex.raw("DROP TABLE device_codes, authorization_codes, refresh_tokens, token_families");
};
