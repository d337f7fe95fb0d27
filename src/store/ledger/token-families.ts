import type { TokenFamilies } from "../../engine/ports/codes";
import type { TokenFamily } from "../../engine/redemption";
import type { Database } from "../database";
import { epochSeconds, moment } from "../database/timestamps";

export function makeTokenFamilies(database: Database): TokenFamilies {
  return {
    async revoke(familyId, at) {
      await database.query(revokeStatement, [moment(at * 1000), familyId]);
    },
  };
}

/** The first revocation stands. A rotation under way holds the row, so this waits for it and ends what it made too. */
const revokeStatement = {
  name: "token_family_revoke",
  text: "UPDATE token_families SET revoked_at = coalesce(revoked_at, ?::timestamptz) WHERE id = ?",
};

/** A family as it stands beside whatever names it. */
export interface FamilyRow {
  family: string;
  client_id: string;
  person_id: string;
  scope: string;
  auth_time: Date;
  family_expires_at: Date;
}

export function familyOf(row: FamilyRow): TokenFamily {
  return {
    id: row.family,
    clientId: row.client_id,
    personId: row.person_id,
    scope: row.scope.split(" ").filter((scope) => scope !== ""),
    authTime: epochSeconds(row.auth_time),
    expiresAt: epochSeconds(row.family_expires_at),
  };
}
