/** The families of tokens that came of a user's login, and which access token was exchanged for which. */

exports.up = async (knex) => {
  // A family belongs to a person, or from now on to a user.
  await knex.raw("ALTER TABLE token_families ADD COLUMN IF NOT EXISTS user_id text, ALTER COLUMN person_id DROP NOT NULL");
  await knex.raw("CREATE INDEX IF NOT EXISTS token_families_user_id ON token_families (user_id) WHERE user_id IS NOT NULL");
  // Null for the tokens of servers that do not know families of users.
  await knex.raw("ALTER TABLE auth_tokens ADD COLUMN IF NOT EXISTS family uuid");
  await knex.raw("ALTER TABLE issued_tokens ADD COLUMN IF NOT EXISTS stepped_up_until timestamptz");
  // Only access tokens that another one was exchanged for have rows here. They expire with the family and not with a token,
  // because a token that has expired can still be revoked, with all that came of it.
  await knex.raw(`
    CREATE TABLE IF NOT EXISTS token_exchanges (
      child            uuid PRIMARY KEY,
      child_expires_at timestamptz NOT NULL,
      parent           uuid NOT NULL,
      expires_at       timestamptz NOT NULL
    )`);
  await knex.raw("CREATE INDEX IF NOT EXISTS token_exchanges_parent ON token_exchanges (parent)");
  await knex.raw("CREATE INDEX IF NOT EXISTS token_exchanges_expires_at ON token_exchanges (expires_at)");
};

exports.down = async (knex) => {
  await knex.raw("DROP TABLE token_exchanges");
  await knex.raw("ALTER TABLE issued_tokens DROP COLUMN stepped_up_until");
  await knex.raw("ALTER TABLE auth_tokens DROP COLUMN family");
  await knex.raw("DELETE FROM token_families WHERE person_id IS NULL");
  await knex.raw("ALTER TABLE token_families DROP COLUMN user_id, ALTER COLUMN person_id SET NOT NULL");
};
