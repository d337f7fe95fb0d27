import { randomInt } from "node:crypto";
import type { SecretDigest } from "../../engine/ports/clients";

/** Seconds for which a one-time password is valid. */
export const otpLifetimeSeconds = 300;
/** Attempts per challenge: guesses succeed with a chance of five in a million. */
export const mostAttempts = 5;
/** Challenges per user. */
export const challengeLimit = { failures: 5, windowSeconds: 600 };
/** Failed codes per user, over all challenges. */
export const codeLimit = { failures: 15, windowSeconds: 3600 };

/** Makes six random digits. */
export function makeOtp(): string {
  return randomInt(1_000_000).toString().padStart(6, "0");
}

/** Digests a one-time password for storage. There are so few that only the pepper hides it. It is bound to its challenge. */
export function digestOtp(digest: SecretDigest, challengeId: string, code: string): Buffer {
  return digest(`otp ${challengeId} ${code}`);
}
