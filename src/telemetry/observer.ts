import type { ProtocolErrorStatus } from "../server/protocol-errors";
import type { CutOffReason } from "../server/connection-slots";
import type { ExchangeOutcome } from "../http/request-state";
import type { BatchReport } from "../store/ledger/batch-writer";

/** The steps of a token request, in the words of the engine. */
export type RequestStep = "authenticate" | "decide" | "mint" | "record";

/** @returns the same work, timed as a step of the request that it runs for */
export type TimeStep = <A extends unknown[], R>(step: RequestStep, work: (...args: A) => Promise<R>) => (...args: A) => Promise<R>;

/** What each listener is called with. */
interface Events {
  onOutcome: ExchangeOutcome;
  onBatch: BatchReport;
  /** How many answered tokens the database was found to have lost. */
  onTokensLost: number;
  /** A request that was refused before it reached the app: it is not HTTP, or it did not arrive completely. */
  onProtocolError: ProtocolErrorStatus;
  /** A connection that the server closed without an answer. */
  onCutOff: CutOffReason;
}

type Listeners<Names extends keyof Events = keyof Events> = { [Name in Names]?: (event: Events[Name]) => void };

/** Observer hooks. They must not throw; an absent hook costs nothing. */
export interface Observer extends Listeners {
  timeStep?: TimeStep;
  /** Runs all the work for one request, so that the observer knows which request a step belongs to. */
  wrapRequest?: (work: () => void) => void;
}

const listenerNames = ["onOutcome", "onBatch", "onTokensLost", "onProtocolError", "onCutOff"] as const satisfies readonly (keyof Events)[];

/** Combines observers into one that calls all their listeners. Of `timeStep` and `wrapRequest` it has the first. */
export function combineObservers(observers: readonly Observer[]): Observer {
  const [timeStep] = observers.flatMap((observer) => observer.timeStep ?? []);
  const [wrapRequest] = observers.flatMap((observer) => observer.wrapRequest ?? []);
  const combined: Observer = { ...(timeStep === undefined ? {} : { timeStep }), ...(wrapRequest === undefined ? {} : { wrapRequest }) };
  for (const name of listenerNames) combineListeners(combined, name, observers);
  return combined;
}

/** Adds one function that calls every listener of that name; adds none if there are none. */
function combineListeners<Name extends keyof Events>(combined: Listeners<Name>, name: Name, observers: readonly Listeners<Name>[]): void {
  const listeners = observers.flatMap((observer) => observer[name] ?? []);
  if (listeners.length === 0) return;
  combined[name] = (event: Events[Name]): void => {
    for (const listener of listeners) listener(event);
  };
}
