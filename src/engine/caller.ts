import { Unavailable } from "./refusal";

/** Whoever waits for an answer. */
export interface Caller {
  /** Was told that it took too long: what is not committed yet must not be. */
  gone: boolean;
  /** Waiting for a commit is worth a moment more, since what it uses up cannot be asked for again; for somebody else's server, any time. */
  waitsFor: "an answer" | "a commit" | "somebody else";
}

export function makeCaller(): Caller {
  return { gone: false, waitsFor: "an answer" };
}

/**
 * Before a commit: from here on the request cannot be given up without losing what it asked for.
 * @throws Unavailable if whoever asked was given up already, so that it leaves no trace
 */
export function mustStillWait(caller: Caller): void {
  if (caller.gone) throw new Unavailable("database", "timed_out", "the caller was answered before this was committed");
  caller.waitsFor = "a commit";
}

/** Does something that depends on somebody else's server, which has a time limit of its own. */
export async function waitForOtherServer<T>(caller: Caller, work: () => Promise<T>): Promise<T> {
  const before = caller.waitsFor;
  caller.waitsFor = "somebody else";
  try {
    return await work();
  } finally {
    caller.waitsFor = before;
  }
}
