import type { RateLimiterRedis } from "rate-limiter-flexible";
import type { Counts } from "../engine/limit-ports";

/** Counts that are kept outside the database. */
export interface SharedCounts {
  counts: Counts;
  close(): void;
}

/** Milliseconds that a request waits for Redis, which is asked to be fast or nothing. */
const usualAnswerMs = 250;
const longestRetryMs = 1_000;

/**
 * Connects, or goes on trying to: while Redis is away every call fails at once, for the caller to count elsewhere. Neither
 * library is loaded by a server that does without.
 * @param url undefined for none
 * @param answerMs milliseconds after which what was asked has failed
 */
export async function openSharedCounts(url: string | undefined, answerMs = usualAnswerMs): Promise<SharedCounts | undefined> {
  if (url === undefined) return undefined;
  const { Redis } = await import("ioredis");
  const { RateLimiterRedis } = await import("rate-limiter-flexible");
  const redis = new Redis(url, {
    connectTimeout: longestRetryMs,
    commandTimeout: answerMs,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    retryStrategy: (tries) => Math.min(tries * 50, longestRetryMs),
  });
  // Whoever asks meanwhile is told; without a listener it would end the process.
  redis.on("error", () => undefined);
  // Points and duration come with each call.
  const limiter = new RateLimiterRedis({ storeClient: redis, keyPrefix: "polymint", points: 1, duration: 1, rejectIfRedisNotReady: true });
  return { counts: countsIn(limiter), close: () => redis.disconnect() };
}

/** Windows end by the clock of Redis. */
function countsIn(limiter: RateLimiterRedis): Counts {
  return {
    async blockedFor(subject, { failures }) {
      const found = await limiter.get(subject);
      return found === null || found.consumedPoints < failures ? 0 : Math.max(0, Math.ceil(found.msBeforeNext / 1000));
    },
    async failed(subject, { windowSeconds }, _now, times = 1) {
      const { consumedPoints } = await limiter.penalty(subject, times, { customDuration: windowSeconds });
      return consumedPoints;
    },
  };
}
