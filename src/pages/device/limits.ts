import type { AttemptLimit, Attempts } from "../../engine/ports/counts";
import { Refusal } from "../../engine/refusal";

const windowSeconds = 10 * 60;
const fromOnePlace = { failures: 10, windowSeconds };
const byOnePerson = { failures: 20, windowSeconds };

/** Who types a user code. */
export interface Typist {
  network: string;
  /** Undefined for somebody who has not logged in yet. */
  personId: string | undefined;
}

/**
 * Limits the guessing of user codes (RFC 8628 §5.1). Each guess counts before anybody looks whether it is right, so that
 * many at once are not more than one after the other. A right one is only taken back: it does not clear the others, or
 * somebody with a code of their own could go on for ever.
 */
export function makeDeviceLimits(attempts: Attempts) {
  return {
    /** @param now epoch milliseconds @throws Refusal `throttled` */
    async begin(typist: Typist, now: number): Promise<void> {
      for (const [subject, limit] of countsOf(typist)) {
        const seconds = await attempts.blockedFor(subject, limit, now);
        if (seconds > 0) throw tooMany(subject, seconds);
      }
      for (const [subject, limit] of countsOf(typist)) {
        if ((await attempts.failed(subject, limit, now)) > limit.failures) throw tooMany(subject, windowSeconds);
      }
    },
    /** It was right, or came to no end. */
    async takeBack(typist: Typist): Promise<void> {
      for (const [subject] of countsOf(typist)) await attempts.takeBack(subject);
    },
  };
}

function countsOf({ network, personId }: Typist): [string, AttemptLimit][] {
  const place: [string, AttemptLimit] = [`user code from ${network}`, fromOnePlace];
  return personId === undefined ? [place] : [place, [`user code by ${personId}`, byOnePerson]];
}

function tooMany(subject: string, retryAfterSeconds: number): Refusal {
  return new Refusal("throttled", `too many wrong guesses: ${subject}`, { retryAfterSeconds });
}
