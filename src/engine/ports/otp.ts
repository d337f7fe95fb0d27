/** A one-time password that was sent to a user. */
export interface NewOtpChallenge {
  /** A UUID. */
  id: string;
  userId: string;
  /** Of the code, bound to the id. */
  codeDigest: Buffer;
  lifetimeSeconds: number;
}

/** Times called `now` are epoch milliseconds. */
export interface OtpChallenges {
  create(challenge: NewOtpChallenge, now: number): Promise<void>;
  /**
   * Counts an attempt, in one statement, before anybody compares anything.
   * @param most attempts that a challenge has
   * @returns the digest to compare with, or undefined if this user has no such challenge that can still be answered
   */
  countAttempt(challengeId: string, userId: string, most: number, now: number): Promise<Buffer | undefined>;
  /**
   * Spends the challenge, and makes the token good for its user in the same statement, as one that was stepped up.
   * @param authToken fresh and random
   * @returns false if somebody else was first
   */
  redeem(challengeId: string, authToken: string, now: number): Promise<boolean>;
}

/** Brings one-time passwords to people. */
export interface OtpSender {
  /** @throws Unavailable if it cannot be handed on */
  send(message: { email: string; code: string; expiresInSeconds: number }): Promise<void>;
}
