import type { RefreshTokenGrant, RefreshTokens } from "../../engine/ports/codes";
import type { Person } from "../../engine/person";
import type { Redemption, RefreshTokenRow } from "../../engine/redemption";
import type { Database, Queryable } from "../database";
import type { Part } from "../database/parts";
import { changeRow } from "../database/single-transaction";
import { makePersonSql } from "./person-json";
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

/** Marks a token as exchanged for its successor, unless it is unknown or was rotated before. Reads the part that locks the family. */
export function makeRotateRefreshToken({ digest, successor }: RefreshTokenRedemption, at: Date): Part {
  return { name: "spent", sql: rotateSql, values: [at, successor.digest, digest] };
}

/**
 * Tells whether a token that was rotated may be rotated again: while the grace lasts and its successor is unused, the client
 * has lost the answer, and gets the same successor again. An earlier statement of the transaction has locked the family, so
 * this one sees all that was done with the successor.
 */
export function rotateAgain(within: Queryable, redemption: RefreshTokenRedemption, at: Date): Promise<boolean> {
  const { digest, successor, graceSeconds } = redemption;
  return changeRow(within, rotateAgainStatement, [digest, successor.digest, toTimestamp(at.getTime() - graceSeconds * 1000)]);
}

/**
 * Stores a token of a family. A successor that was stored by an earlier rotation keeps its own times.
 * @param token undefined to store none
 */
export function makeAddRefreshToken(familyId: string, token: RefreshTokenRow | undefined, at: Date): Part {
  const digest = token?.digest ?? null;
  const expiresAt = token === undefined ? null : toTimestamp(token.expiresAt * 1000);
  return { name: "refreshable", sql: addSql, values: [digest, familyId, at, expiresAt, digest] };
}

interface RefreshTokenColumns extends FamilyRow {
  created_at: Date;
  expires_at: Date;
  rotated_at: Date | null;
  family_revoked_at: Date | null;
  person: Person | null;
}

function toGrant(row: RefreshTokenColumns): RefreshTokenGrant {
  return {
    family: toFamily(row),
    issuedAt: toEpochSeconds(row.created_at),
    expiresAt: toEpochSeconds(row.expires_at),
    rotatedAt: toEpochSecondsOrNull(row.rotated_at),
    familyRevoked: row.family_revoked_at !== null,
    person: row.person ?? undefined,
  };
}

const findStatement = {
  name: "refresh_token_find",
  text: `
    SELECT token.created_at, token.expires_at, token.rotated_at, family.id AS family, family.client_id, family.person_id,
      family.scope, family.auth_time, family.expires_at AS family_expires_at, family.revoked_at AS family_revoked_at,
      ${makePersonSql("family.person_id")} AS person
    FROM refresh_tokens token JOIN token_families family ON family.id = token.family
    WHERE token.digest = ?`,
};

const rotateSql = `
  UPDATE refresh_tokens SET rotated_at = ?::timestamptz, successor = ?::bytea
  FROM locked WHERE digest = ? AND rotated_at IS NULL RETURNING 1`;

const rotateAgainStatement = {
  name: "refresh_token_rotate_again",
  text: `
    UPDATE refresh_tokens SET rotated_at = rotated_at WHERE digest = ? AND successor = ? AND rotated_at > ?::timestamptz
      AND EXISTS (SELECT 1 FROM refresh_tokens next WHERE next.digest = refresh_tokens.successor AND next.rotated_at IS NULL)
      AND EXISTS (SELECT 1 FROM token_families WHERE id = refresh_tokens.family AND revoked_at IS NULL)`,
};

const addSql = `
  INSERT INTO refresh_tokens (digest, family, created_at, expires_at)
  SELECT ?::bytea, ?::uuid, ?::timestamptz, ?::timestamptz FROM spent WHERE ?::bytea IS NOT NULL
  ON CONFLICT DO NOTHING`;
