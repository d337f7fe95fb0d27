/** A one-time password that was sent to a user. */
export interface NewOtpChallenge {
  /** A UUID. */
  id: string;
  userId: string;
  /** Digest of the code, bound to the id. */
  codeDigest: Buffer;
  lifetimeSeconds: number;
}

/** Times called `now` are epoch milliseconds. */
export interface OtpChallenges {
  create(challenge: NewOtpChallenge, now: number): Promise<void>;
  /**
   * Counts an attempt in one statement, before the code is compared.
   * @param most attempts that a challenge allows
   * @returns the digest to compare with, or undefined if this user has no such challenge that can still be answered
   */
  countAttempt(challengeId: string, userId: string, most: number, now: number): Promise<Buffer | undefined>;
  /**
   * Spends the challenge and, in the same statement, stores a stepped-up auth token for its user. It belongs to the login that
   * was stepped up, and ends with it.
   * @param authToken new and random
   * @param familyId of the login
   * @returns false if another request redeemed it first
   */
  redeem(challengeId: string, authToken: string, familyId: string, now: number): Promise<boolean>;
}

/** Delivers one-time passwords to people. */
export interface OtpSender {
  /** @throws Unavailable if the message cannot be delivered */
  send(message: { email: string; code: string; expiresInSeconds: number }): Promise<void>;
}
