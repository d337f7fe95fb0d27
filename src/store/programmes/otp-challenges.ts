import type { OtpChallenges } from "../../engine/ports/otp";
import type { SecretDigest } from "../../engine/ports/clients";
import type { Database } from "../database";
import { toTimestamp } from "../database/timestamps";

export interface OtpChallengePorts {
  database: Database;
  /** Only the digest of an auth token is stored. */
  digest: SecretDigest;
}

export function makeOtpChallenges({ database, digest }: OtpChallengePorts): OtpChallenges {
  return {
    async create({ id, userId, codeDigest, lifetimeSeconds }, now) {
      await database.query(beginStatement, [id, userId, codeDigest, toTimestamp(now), toTimestamp(now + lifetimeSeconds * 1000)]);
    },
    async countAttempt(challengeId, userId, most, now) {
      const { rows } = await database.query<{ codeDigest: Buffer }>(attemptStatement, [challengeId, userId, most, toTimestamp(now)]);
      return rows[0]?.codeDigest;
    },
    async redeem(challengeId, authToken, familyId, now) {
      const at = toTimestamp(now);
      const { rowCount } = await database.query(redeemStatement, [at, challengeId, digest(authToken), at, at, familyId]);
      return rowCount === 1;
    },
  };
}

const beginStatement = {
  name: "otp_challenge_begin",
  text: "INSERT INTO otp_challenges (id, user_id, code_digest, created_at, expires_at) VALUES (?, ?, ?, ?, ?)",
};

const attemptStatement = {
  name: "otp_challenge_attempt",
  text: `
    UPDATE otp_challenges SET attempts = attempts + 1
    WHERE id = ? AND user_id = ? AND attempts < ?::integer AND spent_at IS NULL AND expires_at > ?
    RETURNING code_digest AS "codeDigest"`,
};

/** Spending the challenge and issuing the auth token are one statement, so that neither happens without the other. */
const redeemStatement = {
  name: "otp_challenge_redeem",
  text: `
    WITH spent AS (
      UPDATE otp_challenges SET spent_at = ?::timestamptz WHERE id = ? AND spent_at IS NULL RETURNING user_id
    )
    INSERT INTO auth_tokens (digest, user_id, assurance, created_at, last_used_at, family)
    SELECT ?::bytea, user_id, 'STEPPED_UP', ?::timestamptz, ?::timestamptz, ?::uuid FROM spent`,
};
