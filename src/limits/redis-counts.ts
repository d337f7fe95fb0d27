import type { RateLimiterRedis } from "rate-limiter-flexible";
import type { Counts } from "../engine/ports/counts";

/** Counts that are kept outside the database. */
export interface RedisCounts {
  counts: Counts;
  close(): void;
}

/** Milliseconds that a request waits for Redis, which is asked to be fast or nothing. */
const usualAnswerMs = 250;
const longestRetryMs = 1_000;
/** Milliseconds after which a connection that says nothing is given up: after a silent cut it would stay silent for minutes. */
const leastSilenceMs = 1_000;

/**
 * Connects, or goes on trying to: while Redis is away every call fails at once, for the caller to count elsewhere. Neither
 * library is loaded by a server that does without.
 * @param url undefined for none
 * @param answerMs milliseconds after which what was asked has failed
 */
export async function openRedisCounts(url: string | undefined, answerMs = usualAnswerMs): Promise<RedisCounts | undefined> {
  if (url === undefined) return undefined;
  const { Redis } = await import("ioredis");
  const { RateLimiterRedis } = await import("rate-limiter-flexible");
  const redis = new Redis(url, {
    connectTimeout: longestRetryMs,
    commandTimeout: answerMs,
    socketTimeout: Math.max(leastSilenceMs, 2 * answerMs),
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    // A replica: after a failover the name may lead to another one by now.
    reconnectOnError: ({ message }) => message.startsWith("READONLY"),
    retryStrategy: (tries) => Math.min(tries * 50, longestRetryMs),
  });
  // Whoever asks meanwhile is told why, such as a wrong password; without a listener it would end the process.
  const away = new Error("there is no connection");
  let trouble = away;
  redis.on("error", (error: Error) => (trouble = error)).on("ready", () => (trouble = away));
  const mustBeReady = (): void => {
    if (redis.status !== "ready") throw trouble;
  };
  // Points and duration come with each call.
  const limiter = new RateLimiterRedis({ storeClient: redis, keyPrefix: "polymint", points: 1, duration: 1 });
  return { counts: makeRedisCounts(limiter, mustBeReady), close: () => redis.disconnect() };
}

/** Windows end by the clock of Redis. */
function makeRedisCounts(limiter: RateLimiterRedis, mustBeReady: () => void): Counts {
  return {
    async blockedFor(subject, { failures }) {
      mustBeReady();
      const found = await limiter.get(subject);
      return found === null || found.consumedPoints < failures ? 0 : Math.max(0, Math.ceil(found.msBeforeNext / 1000));
    },
    async failed(subject, { windowSeconds }, _now, times = 1) {
      mustBeReady();
      const { consumedPoints } = await limiter.penalty(subject, times, { customDuration: windowSeconds });
      return consumedPoints;
    },
  };
}
