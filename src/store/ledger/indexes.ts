import type { Knex } from "knex";
import type { Database } from "../database";
import { changeBriefly } from "./brief-lock";

/** Why the indexes are not finished. */
export interface Unfinished {
  /** Whether a server is building them, so that nothing is amiss. */
  isBuilding: boolean;
  detail: string;
}

/**
 * Gives a ledger of an older release the indexes of this one (migration 0022), while requests are answered: builds those of each
 * partition beside its writes, and then, locking the ledger for a moment, lets them take the place of the old primary keys.
 * Several servers may call it; one does the work. What a killed server has left is finished by the next one.
 * @returns undefined if there is nothing left to do
 * @throws Unavailable
 */
export async function finishIndexes(database: Database): Promise<Unfinished | undefined> {
  const { rows } = await database.query<{ done: boolean }>(stateStatement, []);
  if (rows[0]?.done === true) return undefined;
  return database.runLongTask((knex) =>
    knex.transaction(async (turn) => {
      // It only holds the lock, while the other connection builds. If its machine vanishes, the turn is free after that time.
      await turn.raw(`SET LOCAL idle_in_transaction_session_timeout = ${idleTurnMs}`);
      const { rows: turns } = await turn.raw<Found<unknown>>(takeTurnText);
      if (turns.length === 0) return { isBuilding: true, detail: "Another server builds them." };
      for (const partition of await listPartitions(knex)) {
        await turn.raw("SELECT 1");
        const orphan = await buildIndexes(knex, partition);
        if (orphan !== undefined) return { isBuilding: true, detail: `A session of a server that is gone builds ${orphan}.` };
      }
      const detail = await changeBriefly(database, replacePrimaryKeys);
      return detail === undefined ? undefined : { isBuilding: false, detail };
    }),
  );
}

/** The four statements for one partition may take ten minutes each. */
const idleTurnMs = 45 * 60_000;

interface Found<Row> {
  rows: Row[];
}

/** Made last, together with all that comes before it. */
const stateStatement = { name: "ledger_indexes", text: "SELECT to_regclass('issued_tokens_client_id_jti') IS NOT NULL AS done" };

const takeTurnText = "SELECT name FROM turns WHERE name = 'ledger_indexes' FOR UPDATE SKIP LOCKED";

async function listPartitions(knex: Knex): Promise<string[]> {
  const { rows } = await knex.raw<Found<{ name: string }>>(
    "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'issued_tokens'::regclass ORDER BY name",
  );
  return rows.map(({ name }) => name);
}

const nameKey = (partition: string): string => `${partition}_key`;

/**
 * A build that was broken off leaves an invalid index. One whose server is gone goes on, and dropping its index would wait for its
 * end and throw it away.
 * @returns the index that such a build still makes
 */
async function buildIndexes(knex: Knex, partition: string): Promise<string | undefined> {
  const indexes = { [nameKey(partition)]: "jti, expires_at", [`${partition}_client_id_jti`]: "client_id, jti" };
  for (const [name, columns] of Object.entries(indexes)) {
    const { rows } = await knex.raw<Found<{ valid: boolean; grows: boolean }>>(indexStateText, [name]);
    if (rows[0]?.grows === true) return name;
    if (rows[0]?.valid === true) continue;
    await knex.raw(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
    await knex.raw(`CREATE ${columns.startsWith("jti") ? "UNIQUE " : ""}INDEX CONCURRENTLY ${name} ON ${partition} (${columns})`);
  }
  return undefined;
}

const indexStateText = `
  SELECT indisvalid AS valid, EXISTS (SELECT FROM pg_stat_progress_create_index WHERE index_relid = indexrelid) AS grows
  FROM pg_index WHERE indexrelid = to_regclass(?)`;

/**
 * Builds nothing but the keys of partitions that were made meanwhile, which are empty: for a partition that has such an index, the
 * commands for the whole ledger take that one.
 */
async function replacePrimaryKeys(transaction: Knex.Transaction): Promise<void> {
  await transaction.raw("ALTER TABLE issued_tokens DROP CONSTRAINT issued_tokens_pkey");
  for (const partition of await listPartitions(transaction)) {
    const { rows } = await transaction.raw<Found<{ found: boolean }>>("SELECT to_regclass(?) IS NOT NULL AS found", [nameKey(partition)]);
    if (rows[0]?.found !== true) continue;
    await transaction.raw(`ALTER TABLE ${partition} ADD CONSTRAINT ${partition}_pkey PRIMARY KEY USING INDEX ${nameKey(partition)}`);
  }
  await transaction.raw("ALTER TABLE issued_tokens ADD PRIMARY KEY (jti, expires_at)");
  await transaction.raw("CREATE INDEX issued_tokens_client_id_jti ON issued_tokens (client_id, jti)");
}
