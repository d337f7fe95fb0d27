/**
 * What `make stress` runs. Every function that a file in `stress/scenarios` exports is a scenario: it takes nothing, sets
 * up all it needs on this machine's loopback, clears it away again whatever happens, and tells its figures.
 */
export type Scenario = () => Promise<Outcome>;

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
  /** Anything else worth reading. */
  remark?: string;
}

/** What came of a scenario that did not even end. */
export interface Failure {
  name: string;
  failed: string;
}

export type Result = (Outcome | Failure) & { seconds: number };

export function isFailure(result: Result): result is Failure & { seconds: number } {
  return "failed" in result;
}
