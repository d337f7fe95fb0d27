import { Unavailable } from "../../engine/refusal";

/** The database did not answer in time. */
export class QueryTimeoutError extends Unavailable {
  constructor(ms: number) {
    super("database", "timed_out", `no answer within ${Math.round(ms)} ms`);
  }
}

/**
 * Waits for the answer to a query, but no longer than `ms` milliseconds.
 * @param onTimeout called when the time is over, before the promise is rejected
 * @throws QueryTimeoutError
 */
export function withTimeout<T>(ms: number, send: () => Promise<T>, onTimeout: (timeout: QueryTimeoutError) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const error = new QueryTimeoutError(ms);
      onTimeout(error);
      reject(error);
    }, ms);
    const sent = send();
    const stop = (): void => clearTimeout(timer);
    sent.then(stop, stop);
    sent.then(resolve, reject);
  });
}
