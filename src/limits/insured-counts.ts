import type { Counts } from "../engine/limit-ports";

/**
 * Counts elsewhere for as long as the first counts do not answer: a limit that is not kept would be an invitation, and one
 * that refuses everybody an outage. What was counted on one side is not known on the other.
 * @param onChange told why the first went away, and with undefined when they are back
 */
export function makeInsuredCounts(first: Counts, second: Counts, onChange: (away: unknown) => void): Counts {
  let isAway = false;

  async function ask<T>(work: (counts: Counts) => Promise<T>): Promise<T> {
    let answer: T;
    try {
      answer = await work(first);
    } catch (away) {
      if (!isAway) onChange(away);
      isAway = true;
      return work(second);
    }
    if (isAway) onChange(undefined);
    isAway = false;
    return answer;
  }

  return {
    blockedFor: (subject, limit, now) => ask((counts) => counts.blockedFor(subject, limit, now)),
    failed: (subject, limit, now, times) => ask((counts) => counts.failed(subject, limit, now, times)),
  };
}
