import type { Knex } from "knex";

/** Leaves the ledger with the indexes that it had before migration 0022. */
export async function takeIndexesAway(knex: Knex): Promise<void> {
  await knex.raw("DROP INDEX issued_tokens_client_id_jti");
  await knex.raw("ALTER TABLE issued_tokens DROP CONSTRAINT issued_tokens_pkey, ADD PRIMARY KEY (expires_at, jti)");
}
