/** The origins of web pages whose programs may read what the server answers to a client (CORS). */

exports.up = async (knex) => {
  await knex.raw("ALTER TABLE clients ADD COLUMN IF NOT EXISTS origins text[] NOT NULL DEFAULT '{}'");
  await knex.raw("CREATE INDEX IF NOT EXISTS clients_origins ON clients USING gin (origins) WHERE origins <> '{}'");
};

exports.down = async (knex) => {
  await knex.raw("ALTER TABLE clients DROP COLUMN origins");
};
