/** A cutoff of everything that was issued before a moment, for a database that was restored. */

const setKinds = (knex, kinds) =>
  knex.raw(`
    ALTER TABLE token_cutoffs DROP CONSTRAINT IF EXISTS token_cutoffs_kind_check,
      ADD CONSTRAINT token_cutoffs_kind_check CHECK (kind IN (${kinds}))`);

exports.up = async (knex) => {
  // One row, with the id ''. It revokes tokens, and refuses client assertions whose uses the restored database may have forgotten.
  await setKinds(knex, "'client', 'subject', 'all'");
};

exports.down = async (knex) => {
  await knex.raw("DELETE FROM token_cutoffs WHERE kind = 'all'");
  await setKinds(knex, "'client', 'subject'");
};
