/** What a client's certificate must say, whether its tokens are bound to one, and where its users are sent back to. */

exports.up = async (knex) => {
  await knex.raw(`
    ALTER TABLE clients
      ADD COLUMN redirect_uris            text[] NOT NULL DEFAULT '{}',
      ADD COLUMN tls_subject              jsonb,
      ADD COLUMN certificate_bound_tokens boolean NOT NULL DEFAULT false`);
};

exports.down = async (knex) => {
  await knex.raw(`
    ALTER TABLE clients DROP COLUMN redirect_uris, DROP COLUMN tls_subject, DROP COLUMN certificate_bound_tokens`);
};
