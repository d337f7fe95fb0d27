/** Rows that servers lock to do something one after the other. A row is held until the transaction of its holder ends. */

exports.up = async (knex) => {
  await knex.raw("CREATE TABLE IF NOT EXISTS turns (name text PRIMARY KEY)");
  await knex.raw(`
    INSERT INTO turns (name) VALUES ('signing_keys'), ('ledger_partitions'), ('ledger_indexes'), ('subject_ids'), ('sandbox_exchanges')
    ON CONFLICT DO NOTHING`);
};

exports.down = async (knex) => {
  await knex.raw("DROP TABLE turns");
};
