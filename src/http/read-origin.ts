import type { Request, RequestHandler, Response } from "express";
import type { Origins } from "../engine/ports/clients";
import { sendReply } from "./answer";
import type { Reply } from "./api";
import type { Capacity } from "./capacity";
import { answerPreflight, findClients } from "./cross-origin";
import type { Deadline } from "./deadline";
import { type ExchangeOutcome, reportOutcome, stateOf } from "./request-state";

/** What the look-up of an origin needs. */
export interface OriginOptions {
  /** Limits the operations in progress, per process; beyond the limit new ones are answered `throttled`. */
  capacity: Capacity;
  deadline: Deadline;
  /** Finds the clients that registered the origin of a page. */
  origins: Origins;
  onOutcome(outcome: ExchangeOutcome): void;
}

/** Looks up the origin of a page before the work, if the answer depends on it, and answers a preflight in place of the work. */
export function readOrigin(work: RequestHandler, options: OriginOptions): RequestHandler {
  const { capacity, deadline, origins } = options;
  return (request, response, next) => {
    const state = stateOf(response);
    const { crossOrigin, exchange } = state;
    if (crossOrigin === undefined || (crossOrigin.origin === undefined && !crossOrigin.isPreflight)) return work(request, response, next);
    const find = () => capacity.run(() => findClients(crossOrigin, origins), exchange.caller);
    return deadline
      .run(find, exchange.caller)
      .then(() => {
        const granted = answerPreflight(crossOrigin, origins);
        return granted === undefined ? work(request, response, next) : sendPreflight(request, response, granted, options);
      })
      .catch(next);
  };
}

/** Answers a preflight that was granted. */
export function sendPreflight(request: Request, response: Response, granted: Reply, options: Pick<OriginOptions, "onOutcome">): void {
  sendReply(response, granted, false);
  reportOutcome(request, stateOf(response), granted, undefined, options);
}
