import { Unavailable } from "./refusal";

/** The state of a caller that waits for an answer. */
export interface Caller {
  /** The caller was answered that the request took too long, so nothing may be committed for it any more. */
  gone: boolean;
  /**
   * What the request is waiting for. A commit gets some extra time, since the caller cannot ask again for what it spends. For
   * another server there is no deadline here: each such request has a timeout of its own.
   */
  waitsFor: "an answer" | "a commit" | "another server";
}

export function makeCaller(): Caller {
  return { gone: false, waitsFor: "an answer" };
}

/**
 * Marks the point before a commit: from here on, ending the request would lose what it asked for.
 * @throws Unavailable if the caller was answered already, so that the request leaves no trace
 */
export function mustStillWait(caller: Caller): void {
  if (caller.gone) throw new Unavailable("database", "timed_out", "the caller was answered before this was committed");
  caller.waitsFor = "a commit";
}

/** Runs work that waits for another server; the work has a timeout of its own. */
export async function waitForOtherServer<T>(caller: Caller, work: () => Promise<T>): Promise<T> {
  const before = caller.waitsFor;
  caller.waitsFor = "another server";
  try {
    return await work();
  } finally {
    caller.waitsFor = before;
  }
}
