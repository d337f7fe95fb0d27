import { LRUCache } from "lru-cache";
import type { Counts } from "../engine/ports/counts";
import { type LimitInForce, makeBlocks, makeThrottledRefusal } from "./blocks";

/**
 * Milliseconds for which a caller that was not blocked is let through without another read, as long as at most half of its
 * limit is known to be used up. A failure counted here reports failures at other servers at once, regardless of this time.
 * Requests in progress at that moment are still checked: a process may check as many proofs beyond the limit as it has
 * requests in progress.
 */
const unblockedServesMs = 1_000;
const rememberedCallers = 20_000;

/**
 * Counts failed authentications by where they come from, and never against the client that they claim: every proof of a
 * client is a secret of 256 bits or a signature, which cannot be guessed, so the count would protect nothing and would let
 * strangers lock the client out. What is protected is the processor time that checking costs. Times are epoch milliseconds.
 */
export interface FailedAuthentications {
  /**
   * @returns undefined if the caller is known not to be blocked, so that a client with good credentials does not wait
   * @throws Refusal `throttled`, Unavailable
   */
  mustNotBeBlocked(source: string, now: number): Promise<void> | undefined;
  /** @throws Refusal `throttled` if the failure exceeds the limit, Unavailable if it could not be counted */
  countFailure(source: string, now: number): Promise<void>;
}

/** What failures are counted by. */
export interface FailureOrigin {
  /** Stands before the origin in the counts. */
  what: string;
  /** @returns the address or network that the failures of a source are counted for */
  originOf: (source: string) => string;
}

export function makeFailedAuthentications(counts: Counts, { what, originOf }: FailureOrigin, limit: LimitInForce): FailedAuthentications {
  const blocks = makeBlocks(limit.windowSeconds);
  /** Until when an origin is taken to be unblocked, by `performance.now()`. */
  const unblockedUntil = new LRUCache<string, number>({ max: rememberedCallers });
  /** Origins that have used up half of the limit: for these the shared counts are read every time. */
  const suspects = new LRUCache<string, true>({ max: rememberedCallers, ttl: limit.windowSeconds * 1000 });
  const attemptLimit = { failures: limit.count, windowSeconds: limit.windowSeconds };
  const subjectOf = (source: string) => `${what} ${originOf(source)}`;

  async function readBlock(subject: string, now: number): Promise<void> {
    const until = performance.now() + unblockedServesMs;
    const seconds = await counts.findBlockedSeconds(subject, attemptLimit, now);
    if (seconds > 0) throw block(subject, seconds, now);
    unblockedUntil.set(subject, until);
  }

  function block(subject: string, seconds: number, now: number): Error {
    blocks.add(subject, seconds, now);
    return makeThrottledRefusal(subject, limit, seconds);
  }

  function refuseKnownBlock(subject: string, now: number): void {
    const left = blocks.secondsLeft(subject, now);
    if (left > 0) throw makeThrottledRefusal(subject, limit, left);
  }

  return {
    mustNotBeBlocked(source, now) {
      const subject = subjectOf(source);
      refuseKnownBlock(subject, now);
      const isKnown = !suspects.has(subject) && performance.now() < (unblockedUntil.get(subject) ?? 0);
      return isKnown ? undefined : readBlock(subject, now);
    },
    async countFailure(source, now) {
      const subject = subjectOf(source);
      refuseKnownBlock(subject, now);
      const count = await counts.add(subject, attemptLimit, now);
      if (count * 2 >= limit.count) suspects.set(subject, true);
      if (count < limit.count) return;
      if (count > limit.count) refuseKnownBlock(subject, now);
      const seconds = await counts.findBlockedSeconds(subject, attemptLimit, now);
      const refusal = block(subject, seconds, now);
      if (count > limit.count) throw refusal;
    },
  };
}

/** Lets every proof be checked, blocked or not: only an answer that would be a failure becomes `throttled`. */
export function checkEveryProof(failures: FailedAuthentications): FailedAuthentications {
  return { mustNotBeBlocked: () => undefined, countFailure: (source, now) => failures.countFailure(source, now) };
}

/** Applies all limits at once. @returns undefined if there are none */
export function combineLimits(limits: readonly FailedAuthentications[]): FailedAuthentications | undefined {
  const [only, ...others] = limits;
  if (only === undefined || others.length === 0) return only;
  return {
    mustNotBeBlocked(source, now) {
      const reads: Promise<void>[] = [];
      for (const limit of limits) {
        const read = limit.mustNotBeBlocked(source, now);
        if (read !== undefined) reads.push(read);
      }
      return reads.length === 0 ? undefined : Promise.all(reads).then(() => undefined);
    },
    async countFailure(source, now) {
      // All of them count, though one of them may refuse at once.
      const outcomes = await Promise.allSettled(limits.map((limit) => limit.countFailure(source, now)));
      for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
    },
  };
}
