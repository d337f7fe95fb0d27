/** Registered clients, their secrets, and the weavr programmes (a programme is a client whose secrets are its API keys). */

exports.up = async (knex) => {
  await knex.raw(`
    CREATE TABLE IF NOT EXISTS clients (
      id                   text PRIMARY KEY CHECK (id <> '' AND length(id) <= 255),
      name                 text NOT NULL,
      status               text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
      dialects             text[] NOT NULL,
      services             text[] NOT NULL DEFAULT '{}',
      grants               text[] NOT NULL,
      scopes               text[] NOT NULL DEFAULT '{}',
      auth_methods         text[] NOT NULL,
      jwks                 jsonb,
      jwks_uri             text,
      assertion_algorithms text[] NOT NULL DEFAULT '{}',
      lifetime_seconds     integer CHECK (lifetime_seconds BETWEEN 1 AND 2592000),
      claims               jsonb NOT NULL DEFAULT '{}',
      created_at           timestamptz NOT NULL,
      updated_at           timestamptz NOT NULL
    )`);
  // expires_at is null while a secret is valid until it is rotated. The id breaks ties of created_at, so that exactly one
  // row is the newest.
  await knex.raw(`
    CREATE TABLE IF NOT EXISTS client_secrets (
      id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      client_id  text NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
      digest     bytea NOT NULL UNIQUE,
      created_at timestamptz NOT NULL,
      expires_at timestamptz
    )`);
  await knex.raw("CREATE INDEX IF NOT EXISTS client_secrets_client_id ON client_secrets (client_id)");
  await knex.raw(`
    CREATE TABLE IF NOT EXISTS programmes (
      client_id          text PRIMARY KEY REFERENCES clients (id) ON DELETE CASCADE,
      delegation_enabled boolean NOT NULL DEFAULT false,
      created_at         timestamptz NOT NULL
    )`);
};

exports.down = async (knex) => {
  await knex.raw("DROP TABLE programmes, client_secrets, clients");
};
