/** At most so many events in so many seconds. */
export interface AttemptLimit {
  failures: number;
  windowSeconds: number;
}

/** Counts events that must not happen too often. A window begins with its first event. All servers share the counts. */
export interface Counts {
  /**
   * @param subject what is counted and for whom, such as `user-code 192.0.2.7`
   * @param now epoch milliseconds
   * @returns seconds until another try is allowed, or 0
   */
  findBlockedSeconds(subject: string, limit: AttemptLimit, now: number): Promise<number>;
  /** Counts one event, or several at once. @returns how many there are now in the running window */
  add(subject: string, limit: AttemptLimit, now: number, times?: number): Promise<number>;
  /** Takes back one that was counted before the attempt, and that did not fail. */
  takeBack(subject: string): Promise<void>;
}

/** Counts failed attempts, so that guessing is limited. */
export interface Attempts extends Counts {
  /** Forgets all failures of a subject. */
  forget(subject: string): Promise<void>;
}
