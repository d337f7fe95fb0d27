/** The subject that a client's certificate must have, whether its tokens are bound to the certificate, and its redirect URIs. */

exports.up = async (knex) => {
  await knex.raw(`
    ALTER TABLE clients
      ADD COLUMN IF NOT EXISTS redirect_uris            text[] NOT NULL DEFAULT '{}',
      ADD COLUMN IF NOT EXISTS tls_subject              jsonb,
      ADD COLUMN IF NOT EXISTS certificate_bound_tokens boolean NOT NULL DEFAULT false`);
};

exports.down = async (knex) => {
  await knex.raw(`
    ALTER TABLE clients DROP COLUMN redirect_uris, DROP COLUMN tls_subject, DROP COLUMN certificate_bound_tokens`);
};
