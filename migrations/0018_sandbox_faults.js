/** Faults that are armed at contracts and services. Only a server with the sandbox looks here. */

exports.up = async (knex) => {
  await knex.raw(`
    CREATE TABLE IF NOT EXISTS sandbox_faults (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      dialect text NOT NULL,
      client_id text,
      times_left integer CHECK (times_left >= 0),
      effect json NOT NULL,
      armed_at timestamptz NOT NULL
    )
  `);
  await knex.raw("CREATE INDEX IF NOT EXISTS sandbox_faults_dialect ON sandbox_faults (dialect, id)");
};

exports.down = async (knex) => {
  await knex.raw("DROP TABLE sandbox_faults");
};
