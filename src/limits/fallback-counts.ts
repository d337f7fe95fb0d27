import type { Counts } from "../engine/ports/counts";

/** Milliseconds between two looks whether the first counts are back. */
const lookAgainMs = 250;
/** What is counted to find out. Reading would not do: what can be read may still refuse to be written. */
const probe = { subject: "whether this counts", limit: { failures: 1, windowSeconds: 1 } };

/**
 * Counts elsewhere for as long as the first counts do not answer: a limit that is not kept would be an invitation, and one
 * that refuses everybody an outage. What was counted on one side is not known on the other. Only who finds the first counts
 * away waits for them: until they are known to be back, nobody else does.
 * @param onChange told why the first went away, and with undefined when they are back
 */
export function makeFallbackCounts(first: Counts, second: Counts, onChange: (away: unknown) => void): Counts {
  let isAway = false;
  let isLooking = false;
  /** By `performance.now()`. */
  let looksAgainAt = 0;

  async function ask<T>(work: (counts: Counts) => Promise<T>, now: number): Promise<T> {
    if (isAway) {
      void look(now);
      return work(second);
    }
    try {
      return await work(first);
    } catch (away) {
      leave(away);
      return work(second);
    }
  }

  /** Once, however many were waiting for the same answer. */
  function leave(away: unknown): void {
    if (!isAway) onChange(away);
    isAway = true;
    looksAgainAt = performance.now() + lookAgainMs;
  }

  async function look(now: number): Promise<void> {
    if (isLooking || performance.now() < looksAgainAt) return;
    isLooking = true;
    try {
      await first.failed(probe.subject, probe.limit, now);
      isAway = false;
      onChange(undefined);
    } catch {
      looksAgainAt = performance.now() + lookAgainMs;
    } finally {
      isLooking = false;
    }
  }

  return {
    blockedFor: (subject, limit, now) => ask((counts) => counts.blockedFor(subject, limit, now), now),
    failed: (subject, limit, now, times) => ask((counts) => counts.failed(subject, limit, now, times), now),
  };
}
