/** Finds the scopes that any client is registered for, without a walk through all clients. */

exports.up = async (knex) => {
  await knex.raw("CREATE INDEX IF NOT EXISTS clients_scopes ON clients USING gin (scopes)");
};

exports.down = async (knex) => {
  await knex.raw("DROP INDEX clients_scopes");
};
