/** Failed logins, and the locks that follow. */

exports.up = async (knex) => {
  // Failures are counted by the name that was typed, so that a name that no user has is locked like any other; `subject`
  // is its digest. A row may be deleted after `forgotten_at`. Every failure updates the row, hence the free space on pages.
  await knex.raw(`
    CREATE TABLE IF NOT EXISTS login_locks (
      subject      bytea PRIMARY KEY,
      user_id      text REFERENCES users (id) ON DELETE CASCADE,
      failures     integer NOT NULL,
      locked_until timestamptz,
      forgotten_at timestamptz NOT NULL
    ) WITH (fillfactor = 70)`);
  await knex.raw("CREATE INDEX IF NOT EXISTS login_locks_user_id ON login_locks (user_id)");
  await knex.raw("CREATE INDEX IF NOT EXISTS login_locks_forgotten_at ON login_locks (forgotten_at)");
};

exports.down = async (knex) => {
  await knex.raw("DROP TABLE login_locks");
};
