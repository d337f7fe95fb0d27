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
      await database.transact(async (within) => {
        const { rows } = await within.query<{ scopes: string[] }>(giveStatement, [personId, clientId, scopes, toTimestamp(now)]);
        const given = rows[0]?.scopes ?? [];
        if (scopes.every((scope) => given.includes(scope))) return;
        await within.query(widenStatement, [[...new Set([...given, ...scopes])].sort(), personId, clientId]);
      });
    },
  };
}

const findStatement = { name: "consent_given", text: "SELECT scopes FROM consents WHERE person_id = ? AND client_id = ?" };

/** Locks the row until the transaction ends, so that of two consents at once the second finds the scopes of the first. */
const giveStatement = {
  name: "consent_give",
  text: `
    INSERT INTO consents (person_id, client_id, scopes, given_at) VALUES (?, ?, ?::text[], ?)
    ON CONFLICT (person_id, client_id) DO UPDATE SET given_at = excluded.given_at
    RETURNING scopes`,
};

const widenStatement = {
  name: "consent_widen",
  text: "UPDATE consents SET scopes = ?::text[] WHERE person_id = ? AND client_id = ?",
};
