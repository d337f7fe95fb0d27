import { Unavailable } from "../../engine/refusal";

/** An answer of the database that did not come in time. */
export class QueryTimeoutError extends Unavailable {
  constructor(ms: number) {
    super("database", "timed_out", `no answer within ${Math.round(ms)} ms`);
  }
}

/**
 * Waits for an answer, but no longer than `ms` milliseconds.
 * @param giveUp told when it is too late, before the promise is rejected
 * @throws QueryTimeoutError
 */
export async function withTimeout<T>(ms: number, begin: () => Promise<T>, giveUp: (late: QueryTimeoutError) => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const late = new QueryTimeoutError(ms);
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
