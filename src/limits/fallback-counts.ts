import type { Counts } from "../engine/ports/counts";

/** Milliseconds between two probes of the primary counts while they are away. */
const probeIntervalMs = 250;
/** What a probe counts. It writes, because a replica that can be read may still refuse to be written. */
const probeCount = { subject: "whether this counts", limit: { failures: 1, windowSeconds: 1 } };

/**
 * Counts in `fallback` while `primary` is away: without limits attackers could guess freely, and with every request
 * refused the server would be down. Counts made on one side are not known on the other. Only the call that finds the
 * primary away waits for it; until a probe succeeds, all others go to the fallback at once.
 * @param onChange called with the reason when the primary goes away, and with undefined when it is back
 */
export function makeFallbackCounts(primary: Counts, fallback: Counts, onChange: (away: unknown) => void): Counts {
  let isAway = false;
  let isProbing = false;
  /** By `performance.now()`. */
  let nextProbeAt = 0;

  async function callCounts<T>(work: (counts: Counts) => Promise<T>, now?: number): Promise<T> {
    if (isAway) {
      if (now !== undefined) void probePrimary(now);
      return work(fallback);
    }
    try {
      return await work(primary);
    } catch (away) {
      switchToFallback(away);
      return work(fallback);
    }
  }

  function switchToFallback(away: unknown): void {
    // Several calls may have been waiting for the same failure; it is reported once.
    if (!isAway) onChange(away);
    isAway = true;
    nextProbeAt = performance.now() + probeIntervalMs;
  }

  async function probePrimary(now: number): Promise<void> {
    if (isProbing || performance.now() < nextProbeAt) return;
    isProbing = true;
    try {
      await primary.add(probeCount.subject, probeCount.limit, now);
      isAway = false;
      onChange(undefined);
    } catch {
      nextProbeAt = performance.now() + probeIntervalMs;
    } finally {
      isProbing = false;
    }
  }

  return {
    findBlockedSeconds: (subject, limit, now) => callCounts((counts) => counts.findBlockedSeconds(subject, limit, now), now),
    add: (subject, limit, now, times) => callCounts((counts) => counts.add(subject, limit, now, times), now),
    takeBack: (subject) => callCounts((counts) => counts.takeBack(subject)),
  };
}
