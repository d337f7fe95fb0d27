import type { Consents } from "../../engine/ports/people";
import type { Database } from "../database";
import { toTimestamp } from "../database/timestamps";

export function makeConsents(database: Database): Consents {
  return {
    async listScopes(personId, clientId) {
      const { rows } = await database.query<{ scopes: string[] }>(findStatement, [personId, clientId]);
      return rows[0]?.scopes ?? [];
    },
    async addScopes(personId, clientId, scopes, now) {
      await database.query(addStatement, [personId, clientId, scopes, toTimestamp(now)]);
    },
  };
}

const findStatement = { name: "consent_given", text: "SELECT scopes FROM consents WHERE person_id = ? AND client_id = ?" };

const addStatement = {
  name: "consent_give",
  text: `
    INSERT INTO consents AS known (person_id, client_id, scopes, given_at) VALUES (?, ?, ?::text[], ?)
    ON CONFLICT (person_id, client_id) DO UPDATE SET
      scopes = ARRAY(SELECT DISTINCT scope FROM unnest(known.scopes || excluded.scopes) AS scope ORDER BY scope),
      given_at = excluded.given_at`,
};
