import type { Knex } from "knex";
import type { RefreshTokenGrant, RefreshTokens } from "../../engine/ports/codes";
import type { Redemption, RefreshTokenRow } from "../../engine/redemption";
import type { Database } from "../database";
import { changeRow } from "../database/single-transaction";
import { toFamily, type FamilyRow } from "../ledger/token-families";
import { toEpochSeconds, toEpochSecondsOrNull, toTimestamp } from "../database/timestamps";

/** Refresh tokens, found together with the families they belong to. */
export function makeRefreshTokens(database: Database): RefreshTokens {
  return {
    async find(digest) {
      const { rows } = await database.query<RefreshTokenColumns>(findStatement, [digest]);
      return rows[0] && toGrant(rows[0]);
    },
  };
}

export type RefreshTokenRedemption = Extract<Redemption, { kind: "refresh_token" }>;

/**
 * Marks a token as exchanged for its successor. The caller has locked the family, so one token of it rotates at a time.
 *
 * A token that was rotated may be rotated again while the grace lasts and its successor is unused: the client has lost
 * the answer then, and gets the same successor again.
 * @returns false if the token is unknown or was rotated before
 */
export async function rotateRefreshToken(transaction: Knex.Transaction, redemption: RefreshTokenRedemption, at: Date): Promise<boolean> {
  const { digest, successor, graceSeconds } = redemption;
  if (await changeRow(transaction, rotateStatement, [at, successor.digest, digest])) return true;
  const graceBegan = toTimestamp(at.getTime() - graceSeconds * 1000);
  return changeRow(transaction, rotateAgainStatement, [digest, successor.digest, graceBegan]);
}

/** Stores a token of a family. A successor that was stored by an earlier rotation keeps its own times. */
export async function addRefreshToken(transaction: Knex.Transaction, familyId: string, token: RefreshTokenRow, at: Date): Promise<void> {
  await changeRow(transaction, addStatement, [token.digest, familyId, at, toTimestamp(token.expiresAt * 1000)]);
}

interface RefreshTokenColumns extends FamilyRow {
  created_at: Date;
  expires_at: Date;
  rotated_at: Date | null;
  family_revoked_at: Date | null;
}

function toGrant(row: RefreshTokenColumns): RefreshTokenGrant {
  return {
    family: toFamily(row),
    issuedAt: toEpochSeconds(row.created_at),
    expiresAt: toEpochSeconds(row.expires_at),
    rotatedAt: toEpochSecondsOrNull(row.rotated_at),
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

const rotateStatement = {
  name: "refresh_token_rotate",
  text: "UPDATE refresh_tokens SET rotated_at = ?, successor = ? WHERE digest = ? AND rotated_at IS NULL",
};

const rotateAgainStatement = {
  name: "refresh_token_rotate_again",
  text: `
    UPDATE refresh_tokens SET rotated_at = rotated_at WHERE digest = ? AND successor = ? AND rotated_at > ?::timestamptz
      AND EXISTS (SELECT 1 FROM refresh_tokens next WHERE next.digest = refresh_tokens.successor AND next.rotated_at IS NULL)`,
};

const addStatement = {
  name: "refresh_token_add",
  text: "INSERT INTO refresh_tokens (digest, family, created_at, expires_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
};
