/**
 * What a client's id_tokens are signed with. Null for the algorithm of its access tokens: clients that were registered before
 * keep what they get.
 */

exports.up = async (knex) => {
  await knex.raw(`
    ALTER TABLE clients
      ADD COLUMN IF NOT EXISTS id_token_signed_response_alg text CHECK (id_token_signed_response_alg IN ('RS256', 'ES256', 'PS256'))`);
};

exports.down = async (knex) => {
  await knex.raw("ALTER TABLE clients DROP COLUMN id_token_signed_response_alg");
};
