import type { RefreshTokenGrant, RefreshTokens } from "../../engine/ports/codes";
import type { Database } from "../database";
import { familyOf, type FamilyRow } from "../ledger/token-families";
import { epochSeconds, epochSecondsOrNull } from "../database/timestamps";

/** Refresh tokens and the families they belong to. `redemptions.ts` makes and rotates them. */
export function makeRefreshTokens(database: Database): RefreshTokens {
  return {
    async find(digest) {
      const { rows } = await database.query<RefreshTokenColumns>(findStatement, [digest]);
      return rows[0] && grantOf(rows[0]);
    },
  };
}

interface RefreshTokenColumns extends FamilyRow {
  created_at: Date;
  expires_at: Date;
  rotated_at: Date | null;
  family_revoked_at: Date | null;
}

function grantOf(row: RefreshTokenColumns): RefreshTokenGrant {
  return {
    family: familyOf(row),
    issuedAt: epochSeconds(row.created_at),
    expiresAt: epochSeconds(row.expires_at),
    rotatedAt: epochSecondsOrNull(row.rotated_at),
    familyRevoked: row.family_revoked_at !== null,
  };
}

const findStatement = {
  name: "refresh_token_find",
  text: `
    SELECT token.created_at, token.expires_at, token.rotated_at, family.id AS family, family.client_id, family.person_id,
      family.scope, family.auth_time, family.expires_at AS family_expires_at, family.revoked_at AS family_revoked_at
    FROM refresh_tokens token JOIN token_families family ON family.id = token.family
    WHERE token.digest = ?`,
};
