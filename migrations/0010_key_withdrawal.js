/** The time at which a signing key was withdrawn in an emergency. */

exports.up = async (knex) => {
  await knex.raw("ALTER TABLE signing_keys ADD COLUMN IF NOT EXISTS withdrawn_at timestamptz");
};

exports.down = async (knex) => {
  await knex.raw("ALTER TABLE signing_keys DROP COLUMN withdrawn_at");
};
