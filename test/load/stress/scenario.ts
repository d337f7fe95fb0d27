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
  /** For a server that is broken on purpose: the fault by which the scenario noticed it. Its losses are no failure. */
  caught?: string;
  /** Further information for the reader. */
  remark?: string;
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
