/**
 * Who changed what by command, and who was refused what. Two tables: strangers decide how much is written to the second,
 * so it is bounded and kept for days, not years. Neither holds a value of anything.
 */

exports.up = async (knex) => {
  await knex.raw(`
    CREATE TABLE audit_changes (
      id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      at        timestamptz NOT NULL,
      os_user   text NOT NULL,
      host      text NOT NULL,
      command   text NOT NULL,
      object    text NOT NULL
    )`);
  await knex.raw("CREATE INDEX audit_changes_at ON audit_changes (at)");
  await knex.raw(`
    CREATE TABLE audit_refusals (
      id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      at             timestamptz NOT NULL,
      dialect        text,
      code           text NOT NULL,
      client_id      text,
      network        text,
      correlation_id text,
      times          integer NOT NULL
    )`);
  await knex.raw("CREATE INDEX audit_refusals_at ON audit_refusals (at)");
};

exports.down = async (knex) => {
  await knex.raw("DROP TABLE audit_changes, audit_refusals");
};
