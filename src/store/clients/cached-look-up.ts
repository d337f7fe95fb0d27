import { LRUCache } from "lru-cache";

/**
 * Milliseconds that a result is valid, counted from the *start* of its look-up. The database answers or fails within its
 * statement timeout and some grace (1.1 s as configured). So no caller gets a result that is out of date by more than two
 * seconds, whether it comes from the cache or from a look-up in progress that it shares.
 */
const validMs = 1_000;
const maxFound = 10_000;
/** Results for unknown keys. They are kept apart from the others, so that guessing cannot evict what exists. */
const maxMisses = 2_000;

export interface LookUpCacheOptions {
  /** Milliseconds since any fixed point; tests set it. */
  now?: () => number;
}

export interface CachedLookUp<T> {
  find(key: string): Promise<T | undefined>;
  /** The last result for this key, however old it is. @returns undefined if there is none any more, or nothing was found */
  recall(key: string): T | undefined;
}

interface CachedResult<T> {
  value: T | undefined;
  /** In the milliseconds of `now`. */
  until: number;
}

/** Makes a look-up of another that is asked at most once a second for each key, however many need it. A failed look-up is not cached. */
export function makeCachedLookUp<T>(
  lookUp: (key: string) => Promise<T | undefined>,
  { now = () => performance.now() }: LookUpCacheOptions = {},
): CachedLookUp<T> {
  const results = new LRUCache<string, CachedResult<T>>({ max: maxFound });
  const misses = new LRUCache<string, CachedResult<T>>({ max: maxMisses });
  const inProgress = new Map<string, Promise<T | undefined>>();

  async function fetchResult(key: string): Promise<T | undefined> {
    const until = now() + validMs;
    const value = await lookUp(key);
    const [target, other] = value === undefined ? [misses, results] : [results, misses];
    target.set(key, { value, until });
    other.delete(key);
    return value;
  }

  return {
    async find(key) {
      const cached = results.get(key) ?? misses.get(key);
      if (cached !== undefined && now() < cached.until) return cached.value;
      const shared = inProgress.get(key);
      if (shared !== undefined) return shared;
      const lookUpInProgress = fetchResult(key).finally(() => inProgress.delete(key));
      inProgress.set(key, lookUpInProgress);
      return lookUpInProgress;
    },
    recall: (key) => results.get(key)?.value,
  };
}
