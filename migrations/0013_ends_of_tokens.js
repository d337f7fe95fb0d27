/** What commands need to end tokens of one person, client or subject at once. */

exports.up = async (knex) => {
  // All tokens that were issued to a client, or about a subject, until that time are revoked. One row does it, however many
  // tokens there are: the ledger's reader compares each token's jti, which begins with the millisecond of its issue, with
  // the first jti of the millisecond after.
  await knex.raw(`
    CREATE TABLE IF NOT EXISTS token_cutoffs (
      kind  text NOT NULL CHECK (kind IN ('client', 'subject')),
      id    text NOT NULL,
      until timestamptz NOT NULL,
      next  uuid NOT NULL,
      PRIMARY KEY (kind, id)
    )`);
  await knex.raw("CREATE INDEX IF NOT EXISTS token_cutoffs_until ON token_cutoffs (until)");
  await knex.raw("CREATE INDEX IF NOT EXISTS token_families_person_id ON token_families (person_id)");
  await knex.raw("CREATE INDEX IF NOT EXISTS token_families_client_id ON token_families (client_id)");
};

exports.down = async (knex) => {
  await knex.raw("DROP INDEX token_families_person_id, token_families_client_id");
  await knex.raw("DROP TABLE token_cutoffs");
};
