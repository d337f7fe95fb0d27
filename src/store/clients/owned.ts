import type { Database } from "../database";

/** How many rows refer to a client, and are deleted with it. Those of a programme are none for other clients. */
export interface OwnedCounts {
  /** Remembered consents of people. */
  consents: number;
  identities: number;
  users: number;
  delegatedClients: number;
}

/** Counts what is deleted with a client. @throws Unavailable */
export async function countOwned(database: Database, clientId: string): Promise<OwnedCounts> {
  const { rows } = await database.query<OwnedCounts>(countStatement, [clientId, clientId, clientId, clientId]);
  return rows[0] ?? { consents: 0, identities: 0, users: 0, delegatedClients: 0 };
}

const countStatement = {
  name: "client_owned_counts",
  text: `
    SELECT (SELECT count(*)::integer FROM consents WHERE client_id = ?) AS consents,
      (SELECT count(*)::integer FROM identities WHERE programme_id = ?) AS identities,
      (SELECT count(*)::integer FROM users WHERE programme_id = ?) AS users,
      (SELECT count(*)::integer FROM delegated_clients WHERE programme_id = ?) AS "delegatedClients"`,
};
