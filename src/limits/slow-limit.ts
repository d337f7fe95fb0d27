import type { Counts } from "../engine/ports/counts";
import type { RateLimit, Refusal } from "../engine/refusal";
import { makeThrottledRefusal } from "./blocks";
import { type CountedAttempt, makeCountedAttempt, uncountedAttempt } from "./counted-attempt";

/** How attempts go on when the failures that cost no wait are used up. */
export interface Pace {
  /** Attempts per turn. */
  attempts: number;
  /** @param excess failures beyond the free ones, from 1 @returns seconds that the turn lasts */
  secondsOf(excess: number): number;
}

/**
 * A limit for guesses at something that many callers may try at. It never locks: after the free failures it lets attempts
 * through one turn after the other. An attempt that succeeds gives back what it was counted for.
 */
export interface SlowLimit {
  /** Reads one count. @throws Refusal `throttled` if the turn is used up, Unavailable */
  mustNotWait(whose: string, now: number): Promise<void>;
  /**
   * Counts an attempt before it is made.
   * @param now epoch milliseconds
   * @throws Refusal `throttled` if the turn is used up, Unavailable
   */
  count(whose: string, now: number): Promise<CountedAttempt>;
}

/**
 * @param what is limited: stands before the subject in the counts, and for it in the log
 * @param free the failures that cost no wait; undefined for no limit
 */
export function makeSlowLimit(counts: Counts, what: string, free: RateLimit | undefined, pace: Pace): SlowLimit {
  if (free === undefined) return { mustNotWait: () => Promise.resolve(), count: () => Promise.resolve(uncountedAttempt) };
  const freeLimit = { failures: free.count, windowSeconds: free.windowSeconds };
  const turnOf = (excess: number) => ({ failures: pace.attempts, windowSeconds: pace.secondsOf(excess) });
  const refuse = (seconds: number): Refusal => makeThrottledRefusal(what, { ...free, inForce: [free] }, seconds);

  async function findWait(turn: string, excess: number, now: number): Promise<number> {
    return counts.findBlockedSeconds(turn, turnOf(excess), now);
  }

  return {
    async mustNotWait(whose, now) {
      const seconds = await findWait(`turn of ${what} ${whose}`, Number.MAX_SAFE_INTEGER, now);
      if (seconds > 0) throw refuse(seconds);
    },
    async count(whose, now) {
      const [all, turn] = [`${what} ${whose}`, `turn of ${what} ${whose}`];
      const excess = (await counts.add(all, freeLimit, now)) - free.count;
      const counted = excess > 0 ? [all, turn] : [all];
      const takeBack = async (): Promise<void> => {
        for (const subject of counted) await counts.takeBack(subject);
      };
      if (excess > 0 && (await counts.add(turn, turnOf(excess), now)) > pace.attempts) {
        // It will not be judged, so it is no failure. Its place in the turn stays taken: the turn ends by itself.
        await counts.takeBack(all);
        throw refuse(await findWait(turn, excess, now));
      }
      return makeCountedAttempt({ takeBack, recordSuccess: takeBack });
    },
  };
}
