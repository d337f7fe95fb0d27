import { QueryTimeoutError } from "./timeout";

/** What an attempt has found. What is second best is taken only if no other attempt finds better in half of the time. */
export interface Found<T> {
  value: T;
  isSecondBest: boolean;
}

export interface SearchLimits<T> {
  /** Milliseconds after which the next attempt begins beside the one that still runs. A failed attempt is followed at once. */
  patienceMs: number;
  /** Milliseconds for all attempts together. */
  timeoutMs: number;
  /** Gets what was found and is not returned. */
  discard: (value: T) => void;
}

/**
 * Makes attempts in order until one finds something. The order is a preference: an attempt that hangs is overtaken by the next.
 * @param attempts each is told by its signal that its result is no longer wanted
 * @throws AggregateError with the reason of each attempt, in order
 */
export function findFirst<T>(attempts: readonly ((signal: AbortSignal) => Promise<Found<T>>)[], limits: SearchLimits<T>): Promise<T> {
  const { patienceMs, timeoutMs, discard } = limits;
  return new Promise((resolve, reject) => {
    const ending = new AbortController();
    const faults: unknown[] = attempts.map(() => new QueryTimeoutError(timeoutMs));
    let begun = 0;
    let failed = 0;
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
      if (ending.signal.aborted) return discard(found.value);
      if (!found.isSecondBest || takesSecondBest) return end(found);
      if (secondBest === undefined) secondBest = found;
      else discard(found.value);
      goOn();
    };
    /** After an attempt that brought nothing right. */
    const goOn = (): void => {
      if (ending.signal.aborted) return;
      if (begun < attempts.length) beginNext();
      else if (failed + (secondBest === undefined ? 0 : 1) >= attempts.length) end(secondBest);
    };
    const beginNext = (): void => {
      const index = begun;
      const attempt = attempts[index];
      if (attempt === undefined) return;
      begun += 1;
      clearTimeout(patience);
      patience = setTimeout(beginNext, patienceMs);
      attempt(ending.signal).then(accept, (reason: unknown) => {
        faults[index] = reason;
        failed += 1;
        goOn();
      });
    };
    const halfTime = setTimeout(() => {
      takesSecondBest = true;
      if (secondBest !== undefined) end(secondBest);
    }, timeoutMs / 2);
    const deadline = setTimeout(() => end(secondBest), timeoutMs);
    beginNext();
  });
}
