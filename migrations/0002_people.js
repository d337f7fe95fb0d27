/** Identities, the users linked to them, and the auth tokens that users get when they log in. */

exports.up = async (knex) => {
  await knex.raw(`
    CREATE TABLE IF NOT EXISTS identities (
      id           text PRIMARY KEY,
      programme_id text NOT NULL REFERENCES programmes (client_id) ON DELETE CASCADE,
      type         text NOT NULL CHECK (type IN ('CONSUMER', 'CORPORATE')),
      status       text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'deactivated')),
      created_at   timestamptz NOT NULL
    )`);
  await knex.raw("CREATE INDEX IF NOT EXISTS identities_programme_id ON identities (programme_id)");
  await knex.raw(`
    CREATE TABLE IF NOT EXISTS users (
      id            text PRIMARY KEY,
      programme_id  text NOT NULL REFERENCES programmes (client_id) ON DELETE CASCADE,
      email         text NOT NULL,
      password_hash text NOT NULL,
      role          text NOT NULL CHECK (role IN ('ROOT', 'USER')),
      status        text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
      created_at    timestamptz NOT NULL,
      CONSTRAINT users_email_unique UNIQUE (programme_id, email)
    )`);
  await knex.raw(`
    CREATE TABLE IF NOT EXISTS user_identities (
      user_id     text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      identity_id text NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
      PRIMARY KEY (user_id, identity_id)
    )`);
  await knex.raw("CREATE INDEX IF NOT EXISTS user_identities_identity_id ON user_identities (identity_id)");
  // Every use updates last_used_at. The column has no index and pages have free space, so that the update touches no index.
  await knex.raw(`
    CREATE TABLE IF NOT EXISTS auth_tokens (
      digest       bytea PRIMARY KEY,
      user_id      text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      assurance    text NOT NULL CHECK (assurance IN ('STANDARD', 'STEPPED_UP')),
      created_at   timestamptz NOT NULL,
      last_used_at timestamptz NOT NULL,
      revoked_at   timestamptz
    ) WITH (fillfactor = 70)`);
  await knex.raw("CREATE INDEX IF NOT EXISTS auth_tokens_user_id ON auth_tokens (user_id)");
};

exports.down = async (knex) => {
  await knex.raw("DROP TABLE auth_tokens, user_identities, users, identities");
};
