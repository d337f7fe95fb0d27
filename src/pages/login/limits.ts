import type { Attempts } from "../../engine/ports/counts";
import type { SecretDigest } from "../../engine/ports/clients";
import { Refusal } from "../../engine/refusal";

const windowSeconds = 15 * 60;
/** From one place, for one address. */
const forOne = { failures: 5, windowSeconds };
/** From one place, whatever the addresses. */
const forAll = { failures: 50, windowSeconds };

export interface LoginLimits {
  /**
   * Counts the try as a failure before it is made, so that many at once are not more than one after the other.
   * @param now epoch milliseconds
   * @throws Refusal `throttled`
   */
  begin(email: string, network: string, now: number): Promise<void>;
  /** The try came to no end. */
  takeBack(email: string, network: string): Promise<void>;
  /** The try has succeeded: the failures for this address are forgotten. */
  succeeded(email: string, network: string): Promise<void>;
}

/**
 * Limits the guessing of passwords by where the guesses come from, so that nobody can lock anybody out from elsewhere.
 * @param digest keeps addresses out of the counts
 */
export function makeLoginLimits(attempts: Attempts, digest: SecretDigest): LoginLimits {
  const one = (email: string, network: string) => `login ${digest(`${network} ${email.toLowerCase()}`).toString("base64url")}`;
  const all = (network: string) => `login from ${network}`;
  return {
    async begin(email, network, now) {
      const counts = [
        [all(network), forAll],
        [one(email, network), forOne],
      ] as const;
      for (const [subject, limit] of counts) {
        const seconds = await attempts.blockedFor(subject, limit, now);
        if (seconds > 0) throw tooMany(network, seconds);
      }
      for (const [subject, limit] of counts) {
        if ((await attempts.failed(subject, limit, now)) > limit.failures) throw tooMany(network, windowSeconds);
      }
    },
    async takeBack(email, network) {
      for (const subject of [one(email, network), all(network)]) await attempts.takeBack(subject);
    },
    async succeeded(email, network) {
      await attempts.succeeded(one(email, network));
      await attempts.takeBack(all(network));
    },
  };
}

function tooMany(network: string, retryAfterSeconds: number): Refusal {
  return new Refusal("throttled", `too many failed logins from ${network}`, { retryAfterSeconds });
}
