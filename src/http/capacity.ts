import type { Caller, CallerPlace } from "../engine/caller";
import { Refusal } from "../engine/refusal";

export interface Capacity {
  /**
   * Runs the work for a request. It has a place until it ends, even if its caller has stopped waiting; only while it waits for
   * another server it has none.
   * @throws Refusal `throttled` if every place is taken
   */
  run<T>(work: () => Promise<T>, caller: Caller): Promise<T>;
}

/**
 * Limits the operations in progress. In a queue that only grows no request is answered in time; after a quick refusal the
 * client can try again. An operation that has waited for another server gets a place again even if all are taken: few may
 * wait, and what they did before would be lost.
 * @param limit operations in progress at once
 */
export function makeCapacity(limit: number): Capacity {
  let inProgress = 0;
  const place = {
    giveBack: () => void (inProgress -= 1),
    takeAgain: () => void (inProgress += 1),
  } satisfies CallerPlace;
  return {
    run(work, caller) {
      if (inProgress >= limit) return Promise.reject(new Refusal("throttled", "too many operations in progress", { retryAfterSeconds: 1 }));
      inProgress += 1;
      caller.place = place;
      const done = work();
      done.then(place.giveBack, place.giveBack);
      return done;
    },
  };
}
