import { Unavailable } from "../../engine/refusal";

/** An answer of the database that did not come in time. */
export class Late extends Unavailable {
  constructor(ms: number) {
    super("database", "timed_out", `no answer within ${Math.round(ms)} ms`);
  }
}

/**
 * Waits for an answer, but no longer than `ms` milliseconds.
 * @param giveUp told when it is too late, before the promise is rejected
 * @throws Late
 */
export async function inTime<T>(ms: number, begin: () => Promise<T>, giveUp: (late: Late) => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const late = new Late(ms);
      giveUp(late);
      reject(late);
    }, ms);
  });
  try {
    return await Promise.race([begin(), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
