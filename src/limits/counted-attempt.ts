import type { AttemptLimit, Attempts } from "../engine/ports/counts";
import { type Refusal, Unavailable } from "../engine/refusal";
import { makeThrottledRefusal } from "./blocks";

/** A count that an attempt adds to, and its limit. */
export interface AttemptSubject {
  /** What attempts are counted under, such as `user code from 192.0.2.7`. */
  key: string;
  limit: AttemptLimit;
  /** What the log calls the count; `key` by default. */
  label?: string;
  /**
   * Whether a success forgets the failures before it. By default it takes back its own count alone, so that a caller who
   * succeeds now and then, with a code of its own, cannot guess on for ever.
   */
  isClearedBySuccess?: boolean;
}

/** An attempt that stands counted as a failure until it turns out otherwise. */
export interface CountedAttempt {
  /**
   * Makes the attempt. If a dependency is unavailable, the attempt was no failure: its count is taken back, as far as the
   * same fault allows, so that an outage of the database locks out no caller.
   */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Records that the attempt succeeded. */
  recordSuccess(): Promise<void>;
  /** Takes the count back, because the attempt was not judged. */
  takeBack(): Promise<void>;
}

/** The attempt where there is no limit. */
export const uncountedAttempt: CountedAttempt = {
  run: (work) => work(),
  recordSuccess: () => Promise.resolve(),
  takeBack: () => Promise.resolve(),
};

/**
 * Counts an attempt in a second place. If it is refused there, it is not judged, so it is no failure in the first place.
 * @returns the attempt that is counted in both
 */
export async function countAlso(first: CountedAttempt, countSecond: () => Promise<CountedAttempt>): Promise<CountedAttempt> {
  let second: CountedAttempt;
  try {
    second = await countSecond();
  } catch (thrown) {
    await first.takeBack();
    throw thrown;
  }
  return {
    run: (work) => first.run(() => second.run(work)),
    async recordSuccess() {
      await first.recordSuccess();
      await second.recordSuccess();
    },
    async takeBack() {
      await first.takeBack();
      await second.takeBack();
    },
  };
}

/**
 * Counts an attempt before it is made, so that attempts made at once are limited like those made one after the other.
 * @param now epoch milliseconds
 * @throws Refusal `throttled` if a subject has reached its limit, Unavailable
 */
export async function countAttempt(attempts: Attempts, subjects: readonly AttemptSubject[], now: number): Promise<CountedAttempt> {
  for (const subject of subjects) {
    const seconds = await attempts.findBlockedSeconds(subject.key, subject.limit, now);
    if (seconds > 0) throw makeAttemptRefusal(subject, seconds);
  }
  for (const subject of subjects) {
    const count = await attempts.add(subject.key, subject.limit, now);
    if (count <= subject.limit.failures) continue;
    throw makeAttemptRefusal(subject, await attempts.findBlockedSeconds(subject.key, subject.limit, now));
  }
  const takeBack = async (): Promise<void> => {
    for (const { key } of subjects) await attempts.takeBack(key);
  };
  const recordSuccess = async (): Promise<void> => {
    for (const { key, isClearedBySuccess = false } of subjects) {
      await (isClearedBySuccess ? attempts.forget(key) : attempts.takeBack(key));
    }
  };
  return makeCountedAttempt({ takeBack, recordSuccess });
}

/** Makes an attempt out of what takes its counts back. */
export function makeCountedAttempt(counted: Pick<CountedAttempt, "takeBack" | "recordSuccess">): CountedAttempt {
  return {
    ...counted,
    async run(work) {
      try {
        return await work();
      } catch (thrown) {
        if (thrown instanceof Unavailable) await counted.takeBack().catch(() => undefined);
        throw thrown;
      }
    },
  };
}

function makeAttemptRefusal({ key, label = key, limit }: AttemptSubject, seconds: number): Refusal {
  const rate = { count: limit.failures, windowSeconds: limit.windowSeconds };
  return makeThrottledRefusal(label, { ...rate, inForce: [rate] }, seconds);
}
