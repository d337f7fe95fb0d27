import { LRUCache } from "lru-cache";

/** Forgetting one costs a look into the shared counts, no more. */
const rememberedBlocks = 20_000;

/** What this process knows to be blocked, so that whoever goes on trying costs no statement. Times are epoch milliseconds. */
export interface Blocks {
  /** @returns 0 if nothing is known */
  secondsLeft(subject: string, now: number): number;
  add(subject: string, seconds: number, now: number): void;
}

/** @param windowSeconds the longest that any block lasts, whatever becomes of the clock */
export function makeBlocks(windowSeconds: number): Blocks {
  const ends = new LRUCache<string, number>({ max: rememberedBlocks });
  return {
    secondsLeft: (subject, now) => Math.min(windowSeconds, Math.max(0, Math.ceil(((ends.get(subject) ?? 0) - now) / 1000))),
    add(subject, seconds, now) {
      ends.set(subject, now + seconds * 1000);
    },
  };
}
