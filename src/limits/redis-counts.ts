import type { RateLimiterRedis } from "rate-limiter-flexible";
import type { Counts } from "../engine/ports/counts";

/** Counts kept in Redis, shared by all servers that use it. */
export interface RedisCounts {
  counts: Counts;
  close(): void;
}

/** Milliseconds that a request waits for Redis before the call fails and the fallback counts. */
const usualAnswerMs = 250;
const longestRetryMs = 1_000;
/** Milliseconds after which a silent connection is closed: after a cut of the network it would stay open for minutes. */
const leastSilenceMs = 1_000;

/**
 * Connects in the background and reconnects for ever. While Redis is away every call fails at once, so that the caller can
 * count elsewhere. The two libraries are imported here, so that a server without Redis does not load them.
 * @param url undefined for a server without Redis
 * @param answerMs milliseconds after which an unanswered call fails
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
    // The server is a replica: after a failover the name may lead to the new primary.
    reconnectOnError: ({ message }) => message.startsWith("READONLY"),
    retryStrategy: (tries) => Math.min(tries * 50, longestRetryMs),
  });
  // Calls fail with the last connection error, such as a wrong password. Without a listener the error would end the process.
  const noConnection = new Error("Redis is not connected.");
  let connectionError = noConnection;
  redis.on("error", (error: Error) => (connectionError = error)).on("ready", () => (connectionError = noConnection));
  const mustBeReady = (): void => {
    if (redis.status !== "ready") throw connectionError;
  };
  // The limiter demands points and a duration, but each call brings its own.
  const limiter = new RateLimiterRedis({ storeClient: redis, keyPrefix: "polymint", points: 1, duration: 1 });
  return { counts: makeRedisCounts(limiter, mustBeReady), close: () => redis.disconnect() };
}

/** Windows end by the clock of Redis, so `now` is not used. */
function makeRedisCounts(limiter: RateLimiterRedis, mustBeReady: () => void): Counts {
  return {
    async findBlockedSeconds(subject, { failures }) {
      mustBeReady();
      const found = await limiter.get(subject);
      return found === null || found.consumedPoints < failures ? 0 : Math.max(0, Math.ceil(found.msBeforeNext / 1000));
    },
    async add(subject, { windowSeconds }, _now, times = 1) {
      mustBeReady();
      const { consumedPoints } = await limiter.penalty(subject, times, { customDuration: windowSeconds });
      return consumedPoints;
    },
    async takeBack(subject) {
      mustBeReady();
      // If the window has just ended, this leaves -1 for the second that the limiter was made with.
      await limiter.reward(subject, 1);
    },
  };
}
