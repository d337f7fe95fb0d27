import type { SecretDigest } from "../../engine/ports/clients";
import type { AuthTokens, AuthTokenUser } from "../../engine/ports/users";
import type { Assurance, UserRole } from "../../engine/decision";
import { defaultUserLoginTimes, type UserLoginTimes } from "../../engine/user-login";
import type { Database } from "../database";
import { joinLinkedIdentitySql, linkedIdentityColumnsSql, type LinkedIdentityRow, toLinkedIdentity } from "./identities";
import { makeIsLockedSql } from "./login-locks";
import { toEpochSeconds, toTimestamp } from "../database/timestamps";

/** An auth token is valid for this long after its last use. */
export const authTokenWindowSeconds = 300;

export interface AuthTokenStorePorts {
  database: Database;
  /** Only the digest of an auth token is stored. */
  digest: SecretDigest;
  userLogins?: UserLoginTimes;
}

export interface AuthTokenStore extends AuthTokens {
  /**
   * Revokes the token with everything that came of the same login.
   * @param now epoch milliseconds
   * @returns false if there is no such token, or it was revoked before
   */
  revoke(authToken: string, now: number): Promise<boolean>;
}

type AuthTokenUserRow = LinkedIdentityRow & {
  id: string;
  role: UserRole;
  assurance: Assurance;
  createdAt: Date;
  family: string | null;
  authTime: Date | null;
  expiresAt: Date | null;
  locked: boolean;
};

export function makeAuthTokens({ database, digest, userLogins = defaultUserLoginTimes }: AuthTokenStorePorts): AuthTokenStore {
  return {
    async use(authToken, now, identityId) {
      const earliest = toTimestamp(now - authTokenWindowSeconds * 1000);
      const oldest = toTimestamp(now - userLogins.maxSeconds * 1000);
      const at = toTimestamp(now);
      const values = [at, identityId ?? null, digest(authToken), earliest, oldest, at, at];
      const { rows } = await database.query<AuthTokenUserRow>(useStatement, values);
      return rows[0] && toUser(rows[0], userLogins);
    },
    async issue(authToken, userId, assurance, now, checkedHash) {
      const at = toTimestamp(now);
      // Tokens tell whole seconds, so the login ends at one.
      const seconds = Math.floor(now / 1000);
      const bounds = [toTimestamp(seconds * 1000), at, toTimestamp((seconds + userLogins.maxSeconds) * 1000)];
      const checked = checkedHash ?? null;
      const { rowCount } = await database.query(issueStatement, [
        ...[userId, checked, checked, ...bounds],
        ...[digest(authToken), assurance, at, at],
      ]);
      return rowCount === 1;
    },
    async revoke(authToken, now) {
      const { rowCount } = await database.query(revokeStatement, [toTimestamp(now), digest(authToken), toTimestamp(now)]);
      return rowCount === 1;
    },
  };
}

/** A stepped-up auth token was made when the user was authenticated so. Without a family it is a login of its own. */
function toUser(row: AuthTokenUserRow, { maxSeconds, stepUpSeconds }: UserLoginTimes): AuthTokenUser {
  const { id, role, assurance, family, locked } = row;
  const createdAt = Math.floor(toEpochSeconds(row.createdAt));
  const authTime = row.authTime === null ? createdAt : toEpochSeconds(row.authTime);
  const expiresAt = row.expiresAt === null ? createdAt + maxSeconds : toEpochSeconds(row.expiresAt);
  const steppedUpUntil = assurance === "STEPPED_UP" ? createdAt + stepUpSeconds : null;
  const identity = toLinkedIdentity(row);
  return { actor: { type: role, id }, family: { id: family, authTime, expiresAt }, steppedUpUntil, locked, identity };
}

/**
 * Never moves the time backwards, even if the clocks of servers disagree. A family that has ended, or was revoked, ends its auth
 * tokens; one without a family, of a server that does not know them, ends as long after it was made.
 */
const useStatement = {
  name: "auth_token_use",
  text: `
    UPDATE auth_tokens SET last_used_at = greatest(auth_tokens.last_used_at, ?::timestamptz)
    FROM auth_tokens same JOIN users ON users.id = same.user_id LEFT JOIN token_families ON token_families.id = same.family
      ${joinLinkedIdentitySql}
    WHERE auth_tokens.digest = ? AND same.digest = auth_tokens.digest
      AND auth_tokens.revoked_at IS NULL AND auth_tokens.last_used_at > ?::timestamptz AND users.status = 'active'
      AND CASE WHEN same.family IS NULL THEN same.created_at > ?::timestamptz
        ELSE token_families.revoked_at IS NULL AND token_families.expires_at > ?::timestamptz END
    RETURNING users.id, users.role, same.assurance, same.created_at AS "createdAt", same.family,
      token_families.auth_time AS "authTime", token_families.expires_at AS "expiresAt", ${makeIsLockedSql("users.id")} AS locked,
      ${linkedIdentityColumnsSql}`,
};

/**
 * Sharing the user's row keeps a change of the password or the status waiting, or waits for it and sees it: no login survives
 * a change that ends all of them.
 */
const issueStatement = {
  name: "auth_token_issue",
  text: `
    WITH known AS (
      SELECT id, programme_id FROM users
      WHERE id = ? AND status = 'active' AND (?::text IS NULL OR password_hash = ?) FOR SHARE
    ), login AS (
      INSERT INTO token_families (id, client_id, user_id, scope, auth_time, created_at, expires_at)
      SELECT gen_random_uuid(), programme_id, id, '', ?::timestamptz, ?::timestamptz, ?::timestamptz FROM known
      RETURNING id, user_id
    )
    INSERT INTO auth_tokens (digest, user_id, assurance, created_at, last_used_at, family)
    SELECT ?::bytea, user_id, ?::text, ?::timestamptz, ?::timestamptz, id FROM login`,
};

const revokeStatement = {
  name: "auth_token_revoke",
  text: `
    WITH revoked AS (UPDATE auth_tokens SET revoked_at = ? WHERE digest = ? AND revoked_at IS NULL RETURNING family),
      ended AS (
        UPDATE token_families SET revoked_at = coalesce(revoked_at, ?::timestamptz) WHERE id IN (SELECT family FROM revoked)
      )
    SELECT 1 FROM revoked`,
};
