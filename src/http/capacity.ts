import { Refusal } from "../engine/refusal";

export interface Capacity {
  /** Runs work and counts it until it ends, even if its caller has stopped waiting. @throws Refusal `throttled` at the limit */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * Limits the operations in progress. In a queue that only grows no request is answered in time; after a quick refusal the
 * client can try again.
 * @param limit operations in progress at once
 */
export function makeCapacity(limit: number): Capacity {
  let inProgress = 0;
  return {
    async run(work) {
      if (inProgress >= limit) throw new Refusal("throttled", "too many operations in progress", { retryAfterSeconds: 1 });
      inProgress += 1;
      try {
        return await work();
      } finally {
        inProgress -= 1;
      }
    },
  };
}
