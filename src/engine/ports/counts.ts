/** So many in so many seconds. */
export interface AttemptLimit {
  failures: number;
  windowSeconds: number;
}

/** Counts what must not happen too often, in windows that begin with the first. Shared by all servers. */
export interface Counts {
  /**
   * @param subject who does what, such as `user-code 192.0.2.7`
   * @param now epoch milliseconds
   * @returns seconds until another try is allowed, or 0
   */
  findBlockedSeconds(subject: string, limit: AttemptLimit, now: number): Promise<number>;
  /** Counts one, or several at once. @returns how many there are now in the running window */
  add(subject: string, limit: AttemptLimit, now: number, times?: number): Promise<number>;
}

/** Counts failures, so that nobody can guess on and on. */
export interface Attempts extends Counts {
  /** Takes one back that was counted before the try, and did not fail after all. */
  takeBack(subject: string): Promise<void>;
  /** Forgets them. */
  forget(subject: string): Promise<void>;
}
