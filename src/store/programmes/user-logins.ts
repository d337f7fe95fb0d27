import type { Knex } from "knex";
import { grantTypes, involvesUser } from "../../engine/grants";
import type { Database, Statement } from "../database";
import { NotFoundError } from "../database/errors";
import { toEpochSecondsOrNull, toTimestamp } from "../database/timestamps";
import { authTokenWindowSeconds } from "./auth-tokens";

/** A login of a user with what is still valid of it. Times are epoch seconds. */
export interface LiveLogin {
  /** Id of its family; null for the tokens of servers that know no families of users, which are listed together. */
  family: string | null;
  loggedInAt: number | null;
  endsAt: number | null;
  authTokens: number;
  accessTokens: number;
}

/** Everything by which a user can act, or get a token, without a password. */
export interface UserHoldings {
  /** The oldest first. */
  logins: LiveLogin[];
  /** One-time tokens that were made for the user and are neither spent nor expired. */
  oneTimeTokens: number;
}

export interface UserLogins {
  /**
   * Ends all of it, and what is being issued at this moment. To be called in a transaction, after any other change of the user.
   * Searches the ledger, so it is for the command line.
   * @param now epoch milliseconds
   * @returns what was ended
   * @throws NotFoundError
   */
  end(userId: string, now: number): Promise<UserHoldings>;
}

const userGrants = grantTypes.filter(involvesUser);

export function makeUserLogins(database: Database): UserLogins {
  const run = (statement: Statement, values: readonly unknown[]): Promise<{ rows: unknown[]; rowCount: number }> =>
    database.runLongTask((knex) => knex.raw<{ rows: unknown[]; rowCount: number }>(statement.text, values as Knex.RawBinding[]));

  async function list(userId: string, now: number): Promise<UserHoldings> {
    const at = toTimestamp(now);
    const window = toTimestamp(now - authTokenWindowSeconds * 1000);
    const { rows } = await run(loginsStatement, [userId, window, userId, userGrants, at, at]);
    const unspent = await run(unspentStatement, [userId, at]);
    return { logins: (rows as LoginRow[]).map(toLogin), oneTimeTokens: unspent.rowCount };
  }

  return {
    async end(userId, now) {
      const at = toTimestamp(now);
      // A login shares this row: it waits, or its token is seen below.
      if ((await run(lockStatement, [userId])).rowCount === 0) throw new NotFoundError(`there is no user ${userId}`);
      const ended = await list(userId, now);
      // First, because a token that is being spent begins a family.
      await run(spendStatement, [at, userId]);
      await run(revokeAuthTokensStatement, [at, userId]);
      await run(revokeFamiliesStatement, [at, userId]);
      await run(revokeOthersStatement, [at, userId, userGrants, at]);
      return ended;
    },
  };
}

interface LoginRow {
  family: string | null;
  auth_time: Date | null;
  expires_at: Date | null;
  auth_tokens: number;
  access_tokens: number;
}

function toLogin({ family, auth_time, expires_at, auth_tokens, access_tokens }: LoginRow): LiveLogin {
  const times = { loggedInAt: toEpochSecondsOrNull(auth_time), endsAt: toEpochSecondsOrNull(expires_at) };
  return { family, ...times, authTokens: auth_tokens, accessTokens: access_tokens };
}

const lockStatement = { name: "user_lock", text: "SELECT 1 FROM users WHERE id = ? FOR NO KEY UPDATE" };

const loginsStatement = {
  name: "user_logins",
  text: `
    SELECT held.family, token_families.auth_time, token_families.expires_at, held.auth_tokens, held.access_tokens
    FROM (
      SELECT family, sum(auth)::integer AS auth_tokens, sum(access)::integer AS access_tokens
      FROM (
        SELECT family, 1 AS auth, 0 AS access FROM auth_tokens
        WHERE user_id = ? AND revoked_at IS NULL AND last_used_at > ?
        UNION ALL
        SELECT family, 0, 1 FROM issued_tokens
        WHERE actor = ? AND grant_type = ANY (?::text[]) AND revoked_at IS NULL AND expires_at > ?
      ) each GROUP BY family
    ) held LEFT JOIN token_families ON token_families.id = held.family
    WHERE held.family IS NULL OR (token_families.revoked_at IS NULL AND token_families.expires_at > ?)
    ORDER BY token_families.auth_time NULLS FIRST, held.family`,
};

const unspentStatement = {
  name: "user_one_time_tokens",
  text: "SELECT 1 FROM one_time_tokens WHERE user_id = ? AND spent_at IS NULL AND expires_at > ?",
};

const spendStatement = {
  name: "user_spend_one_time_tokens",
  text: "UPDATE one_time_tokens SET spent_at = ? WHERE user_id = ? AND spent_at IS NULL",
};

const revokeAuthTokensStatement = {
  name: "user_revoke_auth_tokens",
  text: "UPDATE auth_tokens SET revoked_at = ? WHERE user_id = ? AND revoked_at IS NULL",
};

const revokeFamiliesStatement = {
  name: "user_revoke_families",
  text: "UPDATE token_families SET revoked_at = ? WHERE user_id = ? AND revoked_at IS NULL",
};

/** Tokens of servers that know no families of users. */
const revokeOthersStatement = {
  name: "user_revoke_others",
  text: `
    UPDATE issued_tokens SET revoked_at = ?
    WHERE actor = ? AND grant_type = ANY (?::text[]) AND family IS NULL AND revoked_at IS NULL AND expires_at > ?`,
};
