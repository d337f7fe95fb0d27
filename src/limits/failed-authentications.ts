import { LRUCache } from "lru-cache";
import type { Counts } from "../engine/ports/counts";
import type { SecretDigest } from "../engine/ports/clients";
import { type LimitInForce, makeBlocks, makeThrottledRefusal } from "./blocks";
import { subnetOf } from "./subnet";

/**
 * Milliseconds for which a caller that was not blocked is let through without another read, as long as at most half of its
 * limit is known to be used up. A failure counted here reports failures at other servers at once, regardless of this time.
 * Requests in progress at that moment are still judged: a process may judge as many guesses beyond the limit as it has
 * requests in progress.
 */
const unblockedServesMs = 1_000;
const rememberedCallers = 20_000;

/**
 * Counts failed authentications per claimed client and subnet, so that guessing is limited and an attacker cannot lock a
 * client out that authenticates from elsewhere. Times are epoch milliseconds.
 */
export interface FailedAuthentications {
  /**
   * @returns undefined if the caller is known not to be blocked, so that a client with good credentials does not wait
   * @throws Refusal `throttled`, Unavailable
   */
  mustNotBeBlocked(claimed: string, source: string, now: number): Promise<void> | undefined;
  /** @throws Refusal `throttled` if the failure exceeds the limit, Unavailable if it could not be counted */
  countFailure(claimed: string, source: string, now: number): Promise<void>;
}

export interface FailedAuthenticationsPorts {
  counts: Counts;
  /** The claimed id is stored as its digest only: it may be a secret that was sent in the wrong field. */
  digest: SecretDigest;
}

export function makeFailedAuthentications({ counts, digest }: FailedAuthenticationsPorts, limit: LimitInForce): FailedAuthentications {
  const blocks = makeBlocks(limit.windowSeconds);
  /** Until when a caller is taken to be unblocked, by `performance.now()`. */
  const unblockedUntil = new LRUCache<string, number>({ max: rememberedCallers });
  /** Callers that have used up half of the limit: for these the shared counts are read every time. */
  const suspects = new LRUCache<string, true>({ max: rememberedCallers, ttl: limit.windowSeconds * 1000 });
  const attemptLimit = { failures: limit.count, windowSeconds: limit.windowSeconds };
  const subjectOf = (caller: string) => `proof ${digest(caller).toString("base64url")}`;

  async function readBlock(caller: string, subnet: string, now: number): Promise<void> {
    const until = performance.now() + unblockedServesMs;
    const seconds = await counts.findBlockedSeconds(subjectOf(caller), attemptLimit, now);
    if (seconds > 0) throw blockCaller(caller, subnet, seconds, now);
    unblockedUntil.set(caller, until);
  }

  function blockCaller(caller: string, subnet: string, seconds: number, now: number): Error {
    blocks.add(caller, seconds, now);
    return makeThrottledRefusal(`failed authentications from ${subnet}`, limit, seconds);
  }

  function refuseKnownBlock(caller: string, subnet: string, now: number): void {
    const left = blocks.secondsLeft(caller, now);
    if (left > 0) throw makeThrottledRefusal(`failed authentications from ${subnet}`, limit, left);
  }

  return {
    mustNotBeBlocked(claimed, source, now) {
      const subnet = subnetOf(source);
      const caller = `${subnet} ${claimed}`;
      refuseKnownBlock(caller, subnet, now);
      const isKnown = !suspects.has(caller) && performance.now() < (unblockedUntil.get(caller) ?? 0);
      return isKnown ? undefined : readBlock(caller, subnet, now);
    },
    async countFailure(claimed, source, now) {
      const subnet = subnetOf(source);
      const caller = `${subnet} ${claimed}`;
      refuseKnownBlock(caller, subnet, now);
      const count = await counts.add(subjectOf(caller), attemptLimit, now);
      if (count * 2 >= limit.count) suspects.set(caller, true);
      if (count < limit.count) return;
      if (count > limit.count) refuseKnownBlock(caller, subnet, now);
      const seconds = await counts.findBlockedSeconds(subjectOf(caller), attemptLimit, now);
      const refusal = blockCaller(caller, subnet, seconds, now);
      if (count > limit.count) throw refusal;
    },
  };
}

/** Counts per subnet alone, so that a caller who claims a new id each time is limited too. */
export function ignoreClaimedId(failures: FailedAuthentications): FailedAuthentications {
  return {
    mustNotBeBlocked: (_claimed, source, now) => failures.mustNotBeBlocked("", source, now),
    countFailure: (_claimed, source, now) => failures.countFailure("", source, now),
  };
}

/** Applies all limits at once. @returns undefined if there are none */
export function combineLimits(limits: readonly FailedAuthentications[]): FailedAuthentications | undefined {
  const [only, ...others] = limits;
  if (only === undefined || others.length === 0) return only;
  return {
    mustNotBeBlocked(claimed, source, now) {
      const reads = limits.flatMap((limit) => limit.mustNotBeBlocked(claimed, source, now) ?? []);
      return reads.length === 0 ? undefined : Promise.all(reads).then(() => undefined);
    },
    async countFailure(claimed, source, now) {
      await Promise.all(limits.map((limit) => limit.countFailure(claimed, source, now)));
    },
  };
}
