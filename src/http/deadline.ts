import type { Caller } from "../engine/caller";
import { Unavailable } from "../engine/refusal";

/** Answers in time, whatever becomes of the work. */
export interface Deadline {
  /**
   * Does one request's work. If it takes too long its caller is given up.
   * @throws Unavailable; whatever the work throws
   */
  run<T>(work: () => Promise<T>, caller: Caller): Promise<T>;
}

/** Milliseconds until somebody who was not given up is looked at again. */
const recheckMs = 50;
/** Milliseconds more for whoever waits for a commit. */
const commitGraceMs = 150;

/**
 * A request is given up once it is `ms` milliseconds old, if it is the database that keeps people waiting. A password that
 * takes long to check, or somebody else's server that takes long to answer, has limits of its own.
 * @param ms undefined: nobody is ever given up
 */
export function makeDeadline(ms: number | undefined, databaseKeepsWaiting: () => boolean): Deadline {
  if (ms === undefined) return { run: (work) => work() };
  const mayWaitOn = ({ waitsFor }: Caller, ageMs: number): boolean =>
    waitsFor === "somebody else" || !databaseKeepsWaiting() || (waitsFor === "a commit" && ageMs < ms + commitGraceMs);
  return {
    run: (work, caller) =>
      new Promise((resolve, reject) => {
        const begunAt = performance.now();
        let timer = setTimeout(look, ms);
        function look(): void {
          if (mayWaitOn(caller, performance.now() - begunAt)) {
            timer = setTimeout(look, recheckMs);
            return;
          }
          caller.gone = true;
          reject(new Unavailable("database", "timed_out", `not done within ${ms} ms, and the database keeps people waiting`));
        }
        void work()
          .finally(() => clearTimeout(timer))
          .then(resolve, reject);
      }),
  };
}
