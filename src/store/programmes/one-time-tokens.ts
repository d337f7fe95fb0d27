import type { OneTimeTokenGrant, OneTimeTokens } from "../../engine/ports/users";
import type { Assurance, UserRole } from "../../engine/decision";
import type { Database } from "../database";
import type { Part } from "../database/parts";
import { makeIsLockedSql } from "./login-locks";
import { NotFoundError } from "../database/errors";
import { toEpochSeconds, toTimestamp } from "../database/timestamps";

export interface NewOneTimeToken {
  /** HMAC of the token. */
  digest: Buffer;
  programmeId: string;
  userId: string;
  /** An identity that the user is linked to. */
  identityId: string;
  assurance: Assurance;
  lifetimeSeconds: number;
}

export interface OneTimeTokenStore extends OneTimeTokens {
  /**
   * @param now epoch milliseconds
   * @returns the time of expiry, in epoch seconds
   * @throws NotFoundError if the programme has no such user, or the user is not linked to the identity
   */
  create(token: NewOneTimeToken, now: number): Promise<number>;
}

interface OneTimeTokenRow {
  programmeId: string;
  identityId: string;
  userId: string;
  role: UserRole;
  assurance: Assurance;
  createdAt: Date;
  expiresAt: Date;
  spentAt: Date | null;
  locked: boolean;
}

export function makeOneTimeTokens(database: Database): OneTimeTokenStore {
  return {
    async find(digest, now) {
      const { rows } = await database.query<OneTimeTokenRow>(findStatement, [toTimestamp(now), digest]);
      return rows[0] && toGrant(rows[0]);
    },
    async create({ digest, programmeId, userId, identityId, assurance, lifetimeSeconds }, now) {
      const expiresAt = toTimestamp(now + lifetimeSeconds * 1000);
      const values = [digest, assurance, toTimestamp(now), expiresAt, userId, programmeId, identityId];
      const { rowCount } = await database.query(createStatement, values);
      if (rowCount === 0) throw new NotFoundError(`programme ${programmeId} has no user ${userId} who may act for identity ${identityId}`);
      return toEpochSeconds(expiresAt);
    },
  };
}

/** Spends a token, unless it is unknown or was spent before. */
export function makeSpendOneTimeToken(digest: Buffer, at: Date): Part {
  return { name: "spent", sql: spendSql, values: [at, digest] };
}

function toGrant({ userId, role, createdAt, expiresAt, spentAt, ...facts }: OneTimeTokenRow): OneTimeTokenGrant {
  const times = { createdAt: Math.floor(toEpochSeconds(createdAt)), expiresAt: toEpochSeconds(expiresAt) };
  return { ...facts, ...times, actor: { type: role, id: userId }, spent: spentAt !== null };
}

const findStatement = {
  name: "one_time_token",
  text: `
    SELECT t.programme_id AS "programmeId", t.identity_id AS "identityId", t.assurance,
      t.created_at AS "createdAt", t.expires_at AS "expiresAt", t.spent_at AS "spentAt", u.id AS "userId", u.role,
      ${makeIsLockedSql("u.id")} AS locked
    FROM one_time_tokens t JOIN users u ON u.id = t.user_id
    WHERE t.digest = ? AND u.status = 'active'`,
};

const createStatement = {
  name: "one_time_token_create",
  text: `
    INSERT INTO one_time_tokens (digest, programme_id, user_id, identity_id, assurance, created_at, expires_at)
    SELECT ?::bytea, u.programme_id, u.id, l.identity_id, ?::text, ?::timestamptz, ?::timestamptz
    FROM users u JOIN user_identities l ON l.user_id = u.id
    WHERE u.id = ? AND u.programme_id = ? AND l.identity_id = ?`,
};

const spendSql = "UPDATE one_time_tokens SET spent_at = ?::timestamptz WHERE digest = ? AND spent_at IS NULL RETURNING 1";
