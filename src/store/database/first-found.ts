import { QueryTimeoutError } from "./timeout";

/** What an attempt has found. What is second best is taken only if no other attempt finds better in half of the time. */
export interface Found<T> {
  value: T;
  isSecondBest: boolean;
}

export interface SearchLimits<T> {
  /**
   * Milliseconds after which the next attempt begins beside those that still run, or, if there is no other, those that have failed
   * begin again. A failed attempt is followed at once.
   */
  patienceMs: number;
  /** Milliseconds for all attempts together. */
  timeoutMs: number;
  /** Gets what was found and is not returned. */
  discard: (value: T) => void;
}

/**
 * Makes attempts in order until one finds something. The order is a preference: an attempt that hangs is overtaken by the next,
 * and while it hangs, those that have failed are repeated, because a standby may become the primary meanwhile.
 * @param attempts each is told by its signal that its result is no longer wanted
 * @throws AggregateError with the reason of each attempt, in order
 */
export function findFirst<T>(attempts: readonly ((signal: AbortSignal) => Promise<Found<T>>)[], limits: SearchLimits<T>): Promise<T> {
  const { patienceMs, timeoutMs, discard } = limits;
  return new Promise((resolve, reject) => {
    const ending = new AbortController();
    const faults: unknown[] = attempts.map(() => new QueryTimeoutError(timeoutMs));
    let next = 0;
    let running = 0;
    const failed: number[] = [];
    let secondBest: Found<T> | undefined;
    let takesSecondBest = false;
    let patience: NodeJS.Timeout | undefined;

    const end = (found: Found<T> | undefined): void => {
      for (const timer of [patience, halfTime, deadline]) clearTimeout(timer);
      if (secondBest !== undefined && secondBest !== found) discard(secondBest.value);
      if (found === undefined) reject(new AggregateError(faults));
      else resolve(found.value);
      ending.abort();
    };
    const accept = (found: Found<T>): void => {
      running -= 1;
      if (ending.signal.aborted) return discard(found.value);
      if (!found.isSecondBest || takesSecondBest) return end(found);
      if (secondBest === undefined) secondBest = found;
      else discard(found.value);
      goOn();
    };
    /** After an attempt that brought nothing right. */
    const goOn = (): void => {
      if (ending.signal.aborted) return;
      if (next < attempts.length) begin(next++);
      else if (running === 0) end(secondBest);
    };
    const begin = (index: number): void => {
      clearTimeout(patience);
      patience = setTimeout(losePatience, patienceMs);
      running += 1;
      attempts[index]?.(ending.signal).then(accept, (reason: unknown) => {
        running -= 1;
        faults[index] = reason;
        failed.push(index);
        goOn();
      });
    };
    const losePatience = (): void => {
      if (next < attempts.length) return begin(next++);
      patience = setTimeout(losePatience, patienceMs);
      for (const index of failed.splice(0)) begin(index);
    };
    const halfTime = setTimeout(() => {
      takesSecondBest = true;
      if (secondBest !== undefined) end(secondBest);
    }, timeoutMs / 2);
    const deadline = setTimeout(() => end(secondBest), timeoutMs);
    goOn();
  });
}
