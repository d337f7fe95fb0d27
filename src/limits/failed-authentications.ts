import { LRUCache } from "lru-cache";
import type { Counts } from "../engine/ports/counts";
import type { SecretDigest } from "../engine/ports/clients";
import { subnetOf } from "./subnet";
import { type LimitInForce, makeBlocks, makeThrottledRefusal } from "./blocks";

/**
 * Milliseconds that a caller who was not blocked is taken for one who still is not, as long as no more than half of the
 * limit is known to be used up. A failure here learns of those elsewhere at once, whatever this says. What is under way at
 * that moment is judged all the same: a process may judge as many guesses beyond the limit as it has requests in progress.
 */
const freeServesMs = 1_000;
const remembered = 20_000;

/**
 * Counts proofs that failed, for each client that was claimed and each neighbourhood they came from: nobody can guess on,
 * and nobody can lock a client out from elsewhere. Times are epoch milliseconds.
 */
export interface FailedAuthentications {
  /** @returns undefined if that is known already, so that who proves itself does not wait @throws Refusal `throttled`, Unavailable */
  mustNotBeBlocked(claimed: string, source: string, now: number): Promise<void> | undefined;
  /** @throws Refusal `throttled` if it was one too many, Unavailable if it could not be counted */
  countFailure(claimed: string, source: string, now: number): Promise<void>;
}

export interface FailedAuthenticationsPorts {
  counts: Counts;
  /** What was claimed is stored as this: it may be a secret in the wrong place. */
  digest: SecretDigest;
}

export function makeFailedAuthentications({ counts, digest }: FailedAuthenticationsPorts, limit: LimitInForce): FailedAuthentications {
  const blocks = makeBlocks(limit.windowSeconds);
  const free = new LRUCache<string, number>({ max: remembered });
  /** Who has used up half of the limit: there the shared counts are looked at each time. */
  const suspects = new LRUCache<string, true>({ max: remembered, ttl: limit.windowSeconds * 1000 });
  const counted = { failures: limit.count, windowSeconds: limit.windowSeconds };
  const subjectOf = (caller: string) => `proof ${digest(caller).toString("base64url")}`;

  async function look(caller: string, network: string, now: number): Promise<void> {
    const until = performance.now() + freeServesMs;
    const seconds = await counts.blockedFor(subjectOf(caller), counted, now);
    if (seconds > 0) throw block(caller, network, seconds, now);
    free.set(caller, until);
  }

  function block(caller: string, network: string, seconds: number, now: number): Error {
    blocks.add(caller, seconds, now);
    return makeThrottledRefusal(`failed proofs from ${network}`, limit, seconds);
  }

  function mustNotBeBlocked(caller: string, network: string, now: number): void {
    const left = blocks.secondsLeft(caller, now);
    if (left > 0) throw makeThrottledRefusal(`failed proofs from ${network}`, limit, left);
  }

  return {
    mustNotBeBlocked(claimed, source, now) {
      const network = subnetOf(source);
      const caller = `${network} ${claimed}`;
      mustNotBeBlocked(caller, network, now);
      const known = !suspects.has(caller) && performance.now() < (free.get(caller) ?? 0);
      return known ? undefined : look(caller, network, now);
    },
    async countFailure(claimed, source, now) {
      const network = subnetOf(source);
      const caller = `${network} ${claimed}`;
      mustNotBeBlocked(caller, network, now);
      const count = await counts.failed(subjectOf(caller), counted, now);
      if (count * 2 >= limit.count) suspects.set(caller, true);
      if (count < limit.count) return;
      if (count > limit.count) mustNotBeBlocked(caller, network, now);
      const seconds = await counts.blockedFor(subjectOf(caller), counted, now);
      const refusal = block(caller, network, seconds, now);
      if (count > limit.count) throw refusal;
    },
  };
}

/** The same limit for a whole neighbourhood, whoever was claimed: who makes up a new name each time is counted too. */
export function ignoreClaimedId(proofs: FailedAuthentications): FailedAuthentications {
  return {
    mustNotBeBlocked: (_claimed, source, now) => proofs.mustNotBeBlocked("", source, now),
    countFailure: (_claimed, source, now) => proofs.countFailure("", source, now),
  };
}

/** All limits at once; undefined if there are none. */
export function combineLimits(limits: readonly FailedAuthentications[]): FailedAuthentications | undefined {
  const [only, ...others] = limits;
  if (only === undefined || others.length === 0) return only;
  return {
    mustNotBeBlocked(claimed, source, now) {
      const looks = limits.flatMap((limit) => limit.mustNotBeBlocked(claimed, source, now) ?? []);
      return looks.length === 0 ? undefined : Promise.all(looks).then(() => undefined);
    },
    async countFailure(claimed, source, now) {
      await Promise.all(limits.map((limit) => limit.countFailure(claimed, source, now)));
    },
  };
}
