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

/** Milliseconds until a request that was allowed to wait longer is checked again. */
const recheckMs = 50;
/** Additional milliseconds for a request that waits for a commit. */
const commitGraceMs = 150;

/**
 * Makes a deadline that ends a request `ms` milliseconds after its start if the database is slow at that moment. A slow
 * password check or a slow remote server does not end a request: they have their own limits.
 * @param ms undefined if no request is ever ended
 * @param isDatabaseSlow whether the database keeps requests waiting
 */
export function makeDeadline(ms: number | undefined, isDatabaseSlow: () => boolean): Deadline {
  if (ms === undefined) return { run: (work) => work() };
  const mayWaitOn = ({ waitsFor }: Caller, ageMs: number): boolean =>
    waitsFor === "another server" || !isDatabaseSlow() || (waitsFor === "a commit" && ageMs < ms + commitGraceMs);
  return {
    run: (work, caller) =>
      new Promise((resolve, reject) => {
        const startedAt = performance.now();
        let timer = setTimeout(check, ms);
        function check(): void {
          if (mayWaitOn(caller, performance.now() - startedAt)) {
            timer = setTimeout(check, recheckMs);
            return;
          }
          caller.gone = true;
          reject(new Unavailable("database", "timed_out", `the request was not done within ${ms} ms and the database is slow`));
        }
        void work()
          .finally(() => clearTimeout(timer))
          .then(resolve, reject);
      }),
  };
}
