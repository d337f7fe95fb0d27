import type { Origins } from "../../engine/ports/clients";
import type { Database } from "../database";
import { type LookUpCacheOptions, makeCachedLookUp } from "./cached-look-up";

/** Finds the clients of an origin, with at most one statement a second for each origin that pages send. */
export function makeOrigins(database: Database, options: LookUpCacheOptions = {}): Origins {
  const lookUp = makeCachedLookUp(async (origin) => {
    const { rows } = await database.query<{ id: string }>(clientsOfOriginStatement, [origin]);
    return rows.length === 0 ? undefined : new Set(rows.map(({ id }) => id));
  }, options);
  return {
    findClients: async (origin) => (await lookUp.find(origin)) ?? new Set(),
    recallClients: (origin) => lookUp.recall(origin),
  };
}

/** With the condition of the index, which holds only clients that have origins. */
const clientsOfOriginStatement = {
  name: "clients_of_origin",
  text: `
    SELECT id FROM clients
    WHERE origins @> ARRAY[?::text] AND origins <> '{}' AND status = 'active'`,
};
