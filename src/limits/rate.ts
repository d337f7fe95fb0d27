import type { Counts } from "../engine/ports/counts";
import { type LimitInForce, makeBlocks, makeThrottledRefusal } from "./blocks";

/**
 * Counts one request.
 * @param subject the client, API key or network that the request is counted for
 * @param now epoch milliseconds
 * @throws Refusal `throttled` if it exceeds the limit, Unavailable
 */
export type CountRequest = (subject: string, now: number) => Promise<void>;

/** @param what is counted: stands before the subject in the counts and in the log */
export function makeRateLimit(counts: Counts, what: string, limit: LimitInForce): CountRequest {
  const blocks = makeBlocks(limit.windowSeconds);
  const attemptLimit = { failures: limit.count, windowSeconds: limit.windowSeconds };

  return async function countRequest(whose, now) {
    const subject = `${what} ${whose}`;
    const left = blocks.secondsLeft(subject, now);
    if (left > 0) throw makeThrottledRefusal(subject, limit, left);
    if ((await counts.add(subject, attemptLimit, now)) <= limit.count) return;
    const seconds = await counts.findBlockedSeconds(subject, attemptLimit, now);
    blocks.add(subject, seconds, now);
    throw makeThrottledRefusal(subject, limit, seconds);
  };
}
