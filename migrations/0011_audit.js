/**
 * Administrative changes, and refused requests. There are two tables because anyone who can send requests decides how
 * many refusals there are: those are bounded and kept for days, not years. Neither table holds secrets or old or new
 * values.
 */

exports.up = async (knex) => {
  await knex.raw(`
    CREATE TABLE IF NOT EXISTS audit_changes (
      id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      at        timestamptz NOT NULL,
      os_user   text NOT NULL,
      host      text NOT NULL,
      command   text NOT NULL,
      object    text NOT NULL
    )`);
  await knex.raw("CREATE INDEX IF NOT EXISTS audit_changes_at ON audit_changes (at)");
  await knex.raw(`
    CREATE TABLE IF NOT EXISTS audit_refusals (
      id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      at             timestamptz NOT NULL,
      dialect        text,
      code           text NOT NULL,
      client_id      text,
      network        text,
      correlation_id text,
      times          integer NOT NULL
    )`);
  await knex.raw("CREATE INDEX IF NOT EXISTS audit_refusals_at ON audit_refusals (at)");
};

exports.down = async (knex) => {
  await knex.raw("DROP TABLE audit_changes, audit_refusals");
};
