/** People who log in at the server's pages, their sessions and consents, and the counts of failures that limit guessing. */

exports.up = async (knex) => {
  await knex.raw(`
    CREATE TABLE IF NOT EXISTS people (
      id             text PRIMARY KEY,
      email          text NOT NULL,
      email_verified boolean NOT NULL DEFAULT false,
      password_hash  text NOT NULL,
      first_name     text NOT NULL,
      last_name      text NOT NULL,
      country_code   text,
      picture        text,
      region         text,
      roles          text[] NOT NULL DEFAULT '{user}',
      status         text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
      created_at     timestamptz NOT NULL,
      updated_at     timestamptz NOT NULL,
      CONSTRAINT people_email_unique UNIQUE (email)
    )`);
  await knex.raw(`
    CREATE TABLE IF NOT EXISTS sessions (
      digest       bytea PRIMARY KEY,
      person_id    text NOT NULL REFERENCES people (id) ON DELETE CASCADE,
      auth_time    timestamptz NOT NULL,
      last_used_at timestamptz NOT NULL,
      expires_at   timestamptz NOT NULL
    ) WITH (fillfactor = 70)`);
  await knex.raw("CREATE INDEX IF NOT EXISTS sessions_person_id ON sessions (person_id)");
  await knex.raw("CREATE INDEX IF NOT EXISTS sessions_expires_at ON sessions (expires_at)");
  await knex.raw(`
    CREATE TABLE IF NOT EXISTS consents (
      person_id text NOT NULL REFERENCES people (id) ON DELETE CASCADE,
      client_id text NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
      scopes    text[] NOT NULL,
      given_at  timestamptz NOT NULL,
      PRIMARY KEY (person_id, client_id)
    )`);
  await knex.raw("CREATE INDEX IF NOT EXISTS consents_client_id ON consents (client_id)");
  await knex.raw(`
    CREATE TABLE IF NOT EXISTS attempts (
      subject        text PRIMARY KEY,
      failures       integer NOT NULL,
      window_ends_at timestamptz NOT NULL
    )`);
  await knex.raw("CREATE INDEX IF NOT EXISTS attempts_window_ends_at ON attempts (window_ends_at)");
};

exports.down = async (knex) => {
  await knex.raw("DROP TABLE attempts, consents, sessions, people");
};
