import type { SecretDigest } from "../../engine/ports/clients";
import type { AuthTokens } from "../../engine/ports/users";
import type { Assurance, UserRole } from "../../engine/decision";
import type { Database } from "../database";
import { makeIsLockedSql } from "./login-locks";
import { toTimestamp } from "../database/timestamps";

/** An auth token is valid for this long after its last use. */
export const authTokenWindowSeconds = 300;

export interface AuthTokenStorePorts {
  database: Database;
  /** Only the digest of an auth token is stored. */
  digest: SecretDigest;
}

export interface AuthTokenStore extends AuthTokens {
  /**
   * @param now epoch milliseconds
   * @returns false if there is no such token, or it was revoked before
   */
  revoke(authToken: string, now: number): Promise<boolean>;
}

interface AuthTokenUserRow {
  id: string;
  role: UserRole;
  assurance: Assurance;
  locked: boolean;
}

export function makeAuthTokens({ database, digest }: AuthTokenStorePorts): AuthTokenStore {
  return {
    async use(authToken, now) {
      const earliest = toTimestamp(now - authTokenWindowSeconds * 1000);
      const values = [toTimestamp(now), digest(authToken), earliest, toTimestamp(now)];
      const { rows } = await database.query<AuthTokenUserRow>(useStatement, values);
      const [user] = rows;
      return user && { actor: { type: user.role, id: user.id }, assurance: user.assurance, locked: user.locked };
    },
    async issue(authToken, userId, assurance, now) {
      await database.query(issueStatement, [digest(authToken), userId, assurance, toTimestamp(now), toTimestamp(now)]);
    },
    async revoke(authToken, now) {
      const { rowCount } = await database.query(revokeStatement, [toTimestamp(now), digest(authToken)]);
      return rowCount === 1;
    },
  };
}

/** Never moves the time backwards, even if the clocks of servers disagree. */
const useStatement = {
  name: "auth_token_use",
  text: `
    UPDATE auth_tokens SET last_used_at = greatest(last_used_at, ?::timestamptz)
    FROM users
    WHERE digest = ? AND revoked_at IS NULL AND last_used_at > ?::timestamptz
      AND users.id = user_id AND users.status = 'active'
    RETURNING users.id, users.role, assurance, ${makeIsLockedSql("users.id")} AS locked`,
};

const issueStatement = {
  name: "auth_token_issue",
  text: "INSERT INTO auth_tokens (digest, user_id, assurance, created_at, last_used_at) VALUES (?, ?, ?, ?, ?)",
};

const revokeStatement = {
  name: "auth_token_revoke",
  text: "UPDATE auth_tokens SET revoked_at = ? WHERE digest = ? AND revoked_at IS NULL",
};
