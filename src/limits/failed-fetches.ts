import type { Attempts } from "../engine/ports/counts";
import { makeCoalescedCounts } from "./coalesced-counts";
import { type CountedAttempt, countAttempt } from "./counted-attempt";
import { subnetOf } from "./subnet";

/** Fetches that requests from one /24 or /64 cause in vain. A request that causes none is never refused. */
const limit = { failures: 60, windowSeconds: 60 };

/**
 * Counts a fetch from another server before it begins. If the other server answers, `recordSuccess` takes it back.
 * @param source IP address of the caller whose request causes it
 * @param now epoch milliseconds
 * @throws Refusal `throttled` if requests from there have caused too many in vain, Unavailable
 */
export type CountFetch = (source: string, now: number) => Promise<Pick<CountedAttempt, "recordSuccess">>;

export function makeCountFetch(attempts: Attempts): CountFetch {
  const joined = { ...attempts, ...makeCoalescedCounts(attempts) };
  return (source, now) => countAttempt(joined, [{ key: `failed fetches from ${subnetOf(source)}`, limit }], now);
}
