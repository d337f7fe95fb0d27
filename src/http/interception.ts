import type { Request, RequestHandler, Response } from "express";
import type { Api, Endpoint, SomeRequest } from "./api";
import type { Exchange } from "./exchange";
import { GivenRequest } from "./given-request";
import type { MountableOperation } from "./operations";
import type { PeerOf } from "./peer";

/** A request that its spec accepts and that has not been handled yet. It has no place among the requests in progress. */
export interface InterceptedCall {
  api: Api;
  operation: MountableOperation;
  endpoint: Endpoint;
  /** The request as the operation will get it. */
  given: SomeRequest;
  exchange: Exchange;
  request: Request;
  response: Response;
}

/**
 * Stands between a valid request and its operation.
 * @param goOn has the operation handle the request; not called for a caller that is gone
 * @throws Refusal, Unavailable in place of the operation
 */
export type Intercept = (call: InterceptedCall, goOn: () => void) => Promise<void>;

/** Makes the handler that comes before an operation. @param exchangeOf finds the exchange of a response */
export function makeInterceptor(
  mounted: Pick<InterceptedCall, "api" | "operation" | "endpoint">,
  intercept: Intercept,
  { peerOf, exchangeOf }: { peerOf: PeerOf; exchangeOf: (response: Response) => Exchange },
): RequestHandler {
  return (request, response, next) => {
    const given = new GivenRequest(request, peerOf(request));
    return intercept({ ...mounted, given, exchange: exchangeOf(response), request, response }, next);
  };
}
