import type { RegisteredScopes } from "../../engine/ports/clients";
import type { Database } from "../database";

/** Finds which scopes any client is registered for. */
export function makeRegisteredScopes(database: Database): RegisteredScopes {
  return {
    async findRegistered(scopes) {
      const { rows } = await database.query<{ scope: string }>(registeredStatement, [scopes, scopes]);
      return rows.map(({ scope }) => scope);
    },
  };
}

const registeredStatement = {
  name: "registered_scopes",
  text: `
    SELECT DISTINCT scope FROM clients, unnest(scopes) AS scope
    WHERE scopes && ?::text[] AND scope = ANY(?::text[])`,
};
