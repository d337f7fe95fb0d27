import { Refusal } from "../engine/refusal";

export interface Capacity {
  /** Does work that takes up room until it is over, whether anybody still waits for it or not. @throws Refusal `throttled` */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** Counts operations in progress: a queue that only grows serves nobody, a quick refusal can be tried again. */
export function makeCapacity(most: number): Capacity {
  let inside = 0;
  return {
    async run(work) {
      if (inside >= most) throw new Refusal("throttled", "too many operations in progress", { retryAfterSeconds: 1 });
      inside += 1;
      try {
        return await work();
      } finally {
        inside -= 1;
      }
    },
  };
}
