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
  /** The request's place among those in progress; undefined if these are not limited. */
  place?: CallerPlace;
}

/** Waiting for another server is no work, so a request needs no place meanwhile. */
export interface CallerPlace {
  giveBack(): void;
  takeAgain(): void;
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

/**
 * Runs work that only waits for another server. Meanwhile the request has no place among those in progress, so the work has a
 * timeout of its own, and limits how many requests wait.
 */
export async function waitForOtherServer<T>(caller: Caller, work: () => Promise<T>): Promise<T> {
  const before = caller.waitsFor;
  caller.waitsFor = "another server";
  caller.place?.giveBack();
  try {
    return await work();
  } finally {
    caller.place?.takeAgain();
    caller.waitsFor = before;
  }
}
