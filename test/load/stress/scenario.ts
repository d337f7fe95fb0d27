/**
 * What `make stress` runs. Every function that a file in `test/load/stress/scenarios` exports is a scenario: it takes no
 * arguments, sets up all it needs on this machine's loopback, removes it again in any case, and returns its figures.
 */
export type Scenario = () => Promise<Outcome | NotTried>;

export interface Outcome {
  /** What happens in the scenario, in a few words. */
  name: string;
  /** Requests sent. */
  requests: number;
  /** Requests answered as the contract says, refusals included. */
  answered: number;
  /** What must be 0: answered tokens that are not in the ledger, requests without a due answer, one-time values accepted twice. */
  lost: number;
  /** Milliseconds from the end of the fault to the first good answer; null if there is no fault. */
  recoveredAfterMs: number | null;
  /** What an unrelated client got before an attack and while it ran, if the scenario is one. */
  bystander?: Bystander;
  /** For a server that is broken on purpose: the fault by which the scenario noticed it. Its losses are no failure. */
  caught?: string;
  /** Further information for the reader. */
  remark?: string;
}

/** How well a client is served. */
export interface ServiceLevel {
  /** Requests answered with 200, of all; at most 1. */
  share: number;
  /** The 99th percentile of the time from a request to the end of its answer, in milliseconds. */
  p99Ms: number;
}

export interface Bystander {
  before: ServiceLevel;
  during: ServiceLevel;
}

/** A scenario that cannot run on this machine. It counts neither as passed nor as failed. */
export interface NotTried {
  name: string;
  /** The reason. */
  notTried: string;
}

/** A scenario that threw, or did not end in time. */
export interface Failure {
  name: string;
  failed: string;
}

export type Result = (Outcome | NotTried | Failure) & { seconds: number };

export function isFailure(result: Result): result is Failure & { seconds: number } {
  return "failed" in result;
}

export function isNotTried(result: Result): result is NotTried & { seconds: number } {
  return "notTried" in result;
}
