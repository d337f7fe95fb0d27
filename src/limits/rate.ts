import type { Counts } from "../engine/ports/counts";
import { type LimitInForce, makeBlocks, makeThrottledRefusal } from "./blocks";

/**
 * Counts one request.
 * @param subject whose
 * @param now epoch milliseconds
 * @throws Refusal `throttled` if it is one too many, Unavailable
 */
export type CountRequest = (subject: string, now: number) => Promise<void>;

/** @param what is counted: it stands before the subject, in the counts and in the log */
export function makeRateLimit(counts: Counts, what: string, limit: LimitInForce): CountRequest {
  const blocks = makeBlocks(limit.windowSeconds);
  const counted = { failures: limit.count, windowSeconds: limit.windowSeconds };

  return async function rate(whose, now) {
    const subject = `${what} ${whose}`;
    const left = blocks.secondsLeft(subject, now);
    if (left > 0) throw makeThrottledRefusal(subject, limit, left);
    if ((await counts.failed(subject, counted, now)) <= limit.count) return;
    const seconds = await counts.blockedFor(subject, counted, now);
    blocks.add(subject, seconds, now);
    throw makeThrottledRefusal(subject, limit, seconds);
  };
}
