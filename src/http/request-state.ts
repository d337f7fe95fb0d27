import type { IncomingMessage } from "node:http";
import type { Request, Response } from "express";
import type { Refusal } from "../engine/refusal";
import type { Reply } from "./api";
import type { CrossOrigin } from "./cross-origin";
import type { Exchange } from "./exchange";
import type { MountedOperation, Route } from "./routes";

/** What is known of an exchange when it is over. */
export interface ExchangeOutcome {
  contract: string;
  /** Its `operationId`, or `preflight`, or the path of a page. If no route matched, that of the nearest operation. */
  operation: string;
  /** Whether the path is none of any api or page. Then the request was refused, but not by a contract. */
  isUnknownPath: boolean;
  request: IncomingMessage;
  exchange: Exchange;
  status: number;
  refusal: Refusal | undefined;
  durationMs: number;
}

/** The state of a request in progress: its exchange and the operation that answers it. */
export interface RequestState {
  mounted: MountedOperation;
  /** Undefined for a path of no api. */
  route: Route | undefined;
  /** Whether the route has the request's method. */
  isAllowed: boolean;
  /** Parameters of the path, as they were sent; undefined for a path without. */
  params: Readonly<Record<string, string>> | undefined;
  exchange: Exchange;
  startedAt: number;
  /** Undefined unless web pages of other origins may read the answer. */
  crossOrigin: CrossOrigin | undefined;
}

/** @returns the state that the first handler gave the request */
export function stateOf(response: Response): RequestState {
  return response.locals.state as RequestState;
}

/** Tells of a request that was answered. @param reply what was sent @param refusal why it was not granted */
export function reportOutcome(
  request: Request,
  state: RequestState,
  reply: Reply,
  refusal: Refusal | undefined,
  options: { onOutcome(outcome: ExchangeOutcome): void },
): void {
  options.onOutcome({
    contract: state.mounted.api.name,
    operation: state.crossOrigin?.isPreflight === true ? "preflight" : state.mounted.operation.id,
    isUnknownPath: state.route === undefined,
    request,
    exchange: state.exchange,
    status: reply.status,
    refusal,
    durationMs: performance.now() - state.startedAt,
  });
}
