import type { TokenFamilies } from "../../engine/ports/codes";
import type { TokenFamily } from "../../engine/redemption";
import type { UserLogin } from "../../engine/user-login";
import type { Database, Queryable } from "../database";
import type { Part } from "../database/parts";
import { changeRow } from "../database/single-transaction";
import { toEpochSeconds, toTimestamp } from "../database/timestamps";

export function makeTokenFamilies(database: Database): TokenFamilies {
  return {
    async findBounds(id) {
      const { rows } = await database.query<{ authTime: Date; expiresAt: Date }>(boundsStatement, [id]);
      return rows[0] && { id, authTime: toEpochSeconds(rows[0].authTime), expiresAt: toEpochSeconds(rows[0].expiresAt) };
    },
    async revoke(familyId, at) {
      await database.query(revokeStatement, [toTimestamp(at * 1000), familyId]);
    },
  };
}

/**
 * Locks the family's row until the transaction ends. A revocation that comes meanwhile waits for it.
 * @returns false if the family is unknown or revoked
 */
export function lockFamily(within: Queryable, familyId: string): Promise<boolean> {
  return changeRow(within, lockStatement, [familyId]);
}

/** Does the same as a part, which has no row if the family is unknown or revoked. */
export function makeLockFamily(familyId: string): Part {
  return { name: "locked", sql: `${lockStatement.text} RETURNING 1`, values: [familyId] };
}

/** Creates the family of a person's consent, or of a user's login. */
export function makeCreateFamily(family: TokenFamily | UserLogin, at: Date): Part {
  const { id, authTime, expiresAt } = family;
  const holders =
    "userId" in family ? [family.programmeId, null, family.userId, ""] : [family.clientId, family.personId, null, family.scope.join(" ")];
  const values = [id, ...holders, toTimestamp(authTime * 1000), at, toTimestamp(expiresAt * 1000)];
  return { name: "begun", sql: createSql, values };
}

const boundsStatement = {
  name: "token_family_bounds",
  text: `SELECT auth_time AS "authTime", expires_at AS "expiresAt" FROM token_families WHERE id = ?`,
};

/** The first revocation counts. A rotation in progress has locked the row, so this waits for it and revokes its tokens too. */
const revokeStatement = {
  name: "token_family_revoke",
  text: "UPDATE token_families SET revoked_at = coalesce(revoked_at, ?::timestamptz) WHERE id = ?",
};

/** An UPDATE that changes nothing: it locks the row and says by its row count whether the family is still good. */
const lockStatement = {
  name: "token_family_lock",
  text: "UPDATE token_families SET revoked_at = revoked_at WHERE id = ? AND revoked_at IS NULL",
};

const createSql = `
  INSERT INTO token_families (id, client_id, person_id, user_id, scope, auth_time, created_at, expires_at)
  SELECT ?::uuid, ?::text, ?::text, ?::text, ?::text, ?::timestamptz, ?::timestamptz, ?::timestamptz FROM spent`;

/** A family's columns in a row of another table, or of a join. */
export interface FamilyRow {
  family: string;
  client_id: string;
  person_id: string;
  scope: string;
  auth_time: Date;
  family_expires_at: Date;
}

export function toFamily(row: FamilyRow): TokenFamily {
  return {
    id: row.family,
    clientId: row.client_id,
    personId: row.person_id,
    scope: row.scope.split(" ").filter((scope) => scope !== ""),
    authTime: toEpochSeconds(row.auth_time),
    expiresAt: toEpochSeconds(row.family_expires_at),
  };
}
