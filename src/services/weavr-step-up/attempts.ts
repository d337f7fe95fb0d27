import type { AttemptLimit, Attempts } from "../../engine/ports/counts";
import { Refusal } from "../../engine/refusal";

/**
 * Counts one more before it is done, so that many at once cannot do more than the limit allows.
 * @param subject who does what; it stands in the log
 * @param now epoch milliseconds
 * @throws Refusal `throttled` if it is one too many
 */
export async function countOneMore(attempts: Attempts, subject: string, limit: AttemptLimit, now: number): Promise<void> {
  const wait = await attempts.blockedFor(subject, limit, now);
  if (wait > 0) throw tooMany(subject, limit, wait);
  const count = await attempts.failed(subject, limit, now);
  if (count > limit.failures) throw tooMany(subject, limit, await attempts.blockedFor(subject, limit, now));
}

function tooMany(subject: string, { failures, windowSeconds }: AttemptLimit, wait: number): Refusal {
  return new Refusal("throttled", `${subject}: ${failures} in ${windowSeconds} s are enough`, {
    retryAfterSeconds: Math.max(1, wait),
    limit: { count: failures, windowSeconds },
  });
}
