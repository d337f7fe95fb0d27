/** Requests and answers of servers with the sandbox, without their secrets. The newest thousand are kept. */

exports.up = async (knex) => {
  await knex.raw(`
    CREATE TABLE IF NOT EXISTS sandbox_exchanges (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      at timestamptz NOT NULL,
      dialect text,
      client_id text,
      exchange json NOT NULL
    )
  `);
};

exports.down = async (knex) => {
  await knex.raw("DROP TABLE sandbox_exchanges");
};
