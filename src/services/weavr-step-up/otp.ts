import { randomInt } from "node:crypto";
import type { SecretDigest } from "../../engine/ports/clients";

/** Seconds that a one-time password is good. */
export const otpLifetimeSeconds = 300;
/** Attempts at one challenge; a guess has five chances in a million. */
export const mostAttempts = 5;
/** Challenges of one user. */
export const challengeLimit = { failures: 5, windowSeconds: 600 };
/** Failed codes of one user, whatever the challenge. */
export const codeLimit = { failures: 15, windowSeconds: 3600 };

/** Six random digits. */
export function makeOtp(): string {
  return randomInt(1_000_000).toString().padStart(6, "0");
}

/** How a one-time password is kept: there are so few that only the pepper hides it, and it is good for its challenge alone. */
export function digestOtp(digest: SecretDigest, challengeId: string, code: string): Buffer {
  return digest(`otp ${challengeId} ${code}`);
}
