import { LRUCache } from "lru-cache";
import { type RateLimit, Refusal } from "../engine/refusal";

/** If a block is forgotten, the next request reads the shared counts again; nothing else changes. */
const rememberedBlocks = 20_000;

/** The blocks this process knows of, so that a blocked caller's further requests cost no statement. Times are epoch milliseconds. */
export interface Blocks {
  /** @returns 0 if no block is known */
  secondsLeft(subject: string, now: number): number;
  add(subject: string, seconds: number, now: number): void;
}

/** @param windowSeconds the longest that any block lasts, even if the clock is set back */
export function makeBlocks(windowSeconds: number): Blocks {
  const ends = new LRUCache<string, number>({ max: rememberedBlocks });
  return {
    secondsLeft: (subject, now) => Math.min(windowSeconds, Math.max(0, Math.ceil(((ends.get(subject) ?? 0) - now) / 1000))),
    add(subject, seconds, now) {
      ends.set(subject, now + seconds * 1000);
    },
  };
}

/** A limit, and all limits in force beside it. */
export interface LimitInForce extends RateLimit {
  inForce: readonly RateLimit[];
}

/**
 * @param what is limited, for the log
 * @param seconds until another request is allowed
 */
export function makeThrottledRefusal(what: string, { inForce, ...limit }: LimitInForce, seconds: number): Refusal {
  const detail = `${what}: more than ${limit.count} in ${limit.windowSeconds} s`;
  return new Refusal("throttled", detail, { limit, inForce, retryAfterSeconds: Math.max(1, seconds) });
}
