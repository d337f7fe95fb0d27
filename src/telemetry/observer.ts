import type { FaultStatus } from "../server/protocol-errors";
import type { CutOff } from "../server/connection-slots";
import type { ExchangeOutcome } from "../http/mount";
import type { BatchReport } from "../store/ledger/batch-writer";

/** The steps of a token request, in the words of the engine. */
export type Step = "authenticate" | "decide" | "mint" | "record";

/** @returns the same work, timed as that step of the request it is done for */
export type Timed = <A extends unknown[], R>(step: Step, work: (...args: A) => Promise<R>) => (...args: A) => Promise<R>;

/** Who looks on while requests are answered. Looking on must not throw. What nobody looks at costs nothing. */
export interface Watch {
  onOutcome?: (outcome: ExchangeOutcome) => void;
  onBatch?: (batch: BatchReport) => void;
  /** A request that was refused before anything else looked at it: it is no HTTP, or not all of it came. */
  onFault?: (status: FaultStatus) => void;
  /** A connection that we ended without a word. */
  onCutOff?: (why: CutOff) => void;
  timed?: Timed;
  /** Runs what happens to one request from its beginning. */
  around?: (work: () => void) => void;
}

/** Several at once; of `timed` and `around` the first there is. */
export function together(watches: readonly Watch[]): Watch {
  const [timed] = watches.flatMap((watch) => watch.timed ?? []);
  const [around] = watches.flatMap((watch) => watch.around ?? []);
  return {
    ...called(
      "onOutcome",
      watches.flatMap((watch) => watch.onOutcome ?? []),
    ),
    ...called(
      "onBatch",
      watches.flatMap((watch) => watch.onBatch ?? []),
    ),
    ...called(
      "onFault",
      watches.flatMap((watch) => watch.onFault ?? []),
    ),
    ...called(
      "onCutOff",
      watches.flatMap((watch) => watch.onCutOff ?? []),
    ),
    ...(timed === undefined ? {} : { timed }),
    ...(around === undefined ? {} : { around }),
  };
}

/** One function that calls them all; none if there are none. */
function called<K extends string, A>(name: K, listeners: readonly ((about: A) => void)[]): { [P in K]?: (about: A) => void } {
  const all = (about: A): void => {
    for (const listener of listeners) listener(about);
  };
  return (listeners.length === 0 ? {} : { [name]: all }) as { [P in K]?: (about: A) => void };
}
