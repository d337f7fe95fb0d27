/** The weavr contract's delegated clients and one-time tokens, and the one-time passwords of its step-up. */

exports.up = async (knex) => {
  await knex.raw(`
    CREATE TABLE IF NOT EXISTS delegated_clients (
      id           text PRIMARY KEY,
      programme_id text NOT NULL REFERENCES programmes (client_id) ON DELETE CASCADE,
      name         text NOT NULL,
      certificate  text NOT NULL,
      status       text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
      created_at   timestamptz NOT NULL
    )`);
  await knex.raw("CREATE INDEX IF NOT EXISTS delegated_clients_programme_id ON delegated_clients (programme_id)");
  await knex.raw(`
    CREATE TABLE IF NOT EXISTS one_time_tokens (
      digest       bytea PRIMARY KEY,
      programme_id text NOT NULL REFERENCES programmes (client_id) ON DELETE CASCADE,
      user_id      text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      identity_id  text NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
      assurance    text NOT NULL CHECK (assurance IN ('STANDARD', 'STEPPED_UP')),
      created_at   timestamptz NOT NULL,
      expires_at   timestamptz NOT NULL,
      spent_at     timestamptz
    )`);
  await knex.raw("CREATE INDEX IF NOT EXISTS one_time_tokens_expires_at ON one_time_tokens (expires_at)");
  await knex.raw(`
    CREATE TABLE IF NOT EXISTS otp_challenges (
      id          uuid PRIMARY KEY,
      user_id     text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      code_digest bytea NOT NULL,
      attempts    integer NOT NULL DEFAULT 0,
      created_at  timestamptz NOT NULL,
      expires_at  timestamptz NOT NULL,
      spent_at    timestamptz
    )`);
  await knex.raw("CREATE INDEX IF NOT EXISTS otp_challenges_user_id ON otp_challenges (user_id)");
  await knex.raw("CREATE INDEX IF NOT EXISTS otp_challenges_expires_at ON otp_challenges (expires_at)");
  // Programmes that were registered for every grant of weavr are registered for the new grants too.
  await knex.raw(`
    UPDATE clients SET grants = grants || '{delegated_assertion,one_time_token}'
    WHERE 'auth_token' = ANY (grants) AND NOT 'one_time_token' = ANY (grants)`);
};

exports.down = async (knex) => {
  await knex.raw("DROP TABLE otp_challenges, one_time_tokens, delegated_clients");
  await knex.raw("UPDATE clients SET grants = array_remove(array_remove(grants, 'delegated_assertion'), 'one_time_token')");
};
