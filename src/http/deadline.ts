import type { Caller } from "../engine/caller";
import { Unavailable } from "../engine/refusal";

/** Limits how long a caller waits for an answer. */
export interface Deadline {
  /**
   * Runs the work for one request. If it takes too long, the caller is refused and marked as gone; the work itself goes on.
   * @throws Unavailable; whatever the work throws
   */
  run<T>(work: () => Promise<T>, caller: Caller): Promise<T>;
}

/** Milliseconds between two looks at the requests that have waited too long. */
const checkEveryMs = 25;
/** Additional milliseconds for a request that waits for a commit. */
const commitGraceMs = 150;

interface WaitingRequest {
  caller: Caller;
  /** By `performance.now()`. */
  since: number;
  refuse(reason: Unavailable): void;
}

/**
 * Makes a deadline that ends a request `ms` milliseconds after its start, or a little later, if the database is slow at that
 * moment. A slow password check or a slow remote server does not end a request: they have their own limits. One timer looks
 * after all requests; a timer for each would cost every one of them.
 * @param ms undefined if no request is ever ended
 * @param isDatabaseSlow whether the database keeps requests waiting
 */
export function makeDeadline(ms: number | undefined, isDatabaseSlow: () => boolean): Deadline {
  return ms === undefined ? { run: (work) => work() } : makeDeadlineOf(ms, isDatabaseSlow);
}

function makeDeadlineOf(ms: number, isDatabaseSlow: () => boolean): Deadline {
  /** Oldest first. */
  const waiting = new Set<WaitingRequest>();
  let timer: NodeJS.Timeout | undefined;
  const mayWaitOn = ({ waitsFor }: Caller, ageMs: number): boolean =>
    waitsFor === "another server" || !isDatabaseSlow() || (waitsFor === "a commit" && ageMs < ms + commitGraceMs);

  function check(): void {
    const now = performance.now();
    for (const request of waiting) {
      if (now - request.since < ms) break;
      if (mayWaitOn(request.caller, now - request.since)) continue;
      waiting.delete(request);
      request.caller.gone = true;
      request.refuse(new Unavailable("database", "timed_out", `the request was not done within ${ms} ms and the database is slow`));
    }
    timer = waiting.size === 0 ? undefined : setTimeout(check, checkEveryMs).unref();
  }

  return {
    run: (work, caller) =>
      new Promise((resolve, reject) => {
        const request = { caller, since: performance.now(), refuse: reject };
        waiting.add(request);
        timer ??= setTimeout(check, ms).unref();
        const done = work();
        const forget = (): void => void waiting.delete(request);
        done.then(forget, forget);
        done.then(resolve, reject);
      }),
  };
}
