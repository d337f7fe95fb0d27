/**
 * What `make stress` runs. Every function that a file in `test/load/stress/scenarios` exports is a scenario: it takes nothing, sets
 * up all it needs on this machine's loopback, clears it away again whatever happens, and tells its figures.
 */
export type Scenario = () => Promise<Outcome | NotTried>;

export interface Outcome {
  /** In a few words, what happens in it. */
  name: string;
  /** Sent. */
  requests: number;
  /** Answered as the contract says, refusals included. */
  answered: number;
  /** What must never be: tokens answered that are not in the ledger, requests without an answer that should have had one, things honoured twice. */
  lost: number;
  /** Milliseconds from the end of the fault to the first good answer; null where there is no fault to recover from. */
  recoveredAfterMs: number | null;
  /** Of a server that is broken on purpose: by what a scenario noticed it. What such a one lost is no failure. */
  caught?: string;
  /** Anything else worth reading. */
  remark?: string;
}

/** A scenario for which this machine lacks something. It counts neither as passed nor as failed. */
export interface NotTried {
  name: string;
  /** Why not. */
  notTried: string;
}

/** What came of a scenario that did not even end. */
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
