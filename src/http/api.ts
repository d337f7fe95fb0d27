import type { IncomingHttpHeaders } from "node:http";
import type { Refusal } from "../engine/refusal";
import type { ClientCertificate } from "../engine/token-request";
import type { Exchange } from "./exchange";

/** An OpenAPI document, as far as the server reads it itself. */
export interface Spec {
  paths: object;
}

/** What is left of a typed reply once its type has done its work. */
export interface Reply {
  status: number;
  headers?: Readonly<Record<string, string | undefined>>;
  type?: string;
  body?: unknown;
}

/** What is left of a typed request. */
export interface SomeRequest {
  headers: IncomingHttpHeaders;
  query: unknown;
  body: unknown;
  certificate: ClientCertificate | undefined;
  source: string;
}

/** One operation, ready to be mounted. */
export interface Endpoint {
  /** @throws Refusal, Unavailable */
  handle(request: SomeRequest, exchange: Exchange): Promise<Reply>;
  /** Total: whatever ends a request has an answer in the contract's own shape. */
  refuse(refusal: Refusal, exchange: Exchange): Reply;
}

export interface Correlation {
  /** Lower-case name of the request header that may bring the caller's id; null where the contract has none. */
  requestHeader: string | null;
  /** Only a value that matches is taken over; any other gets a fresh UUID. */
  accepts: RegExp;
}

/** For contracts in which callers bring no id of their own. */
export const noCorrelation: Correlation = { requestHeader: null, accepts: /$^/ };

/** A spec with an endpoint for every one of its operations. */
export interface Api {
  name: string;
  /** Answered even at capacity and while starting: a busy server must not look like a dead one. */
  vital?: boolean;
  /** False if the operator has switched it off: every request then finds nothing there. */
  enabled: boolean;
  spec: Spec;
  correlation: Correlation;
  endpoints: Readonly<Record<string, Endpoint>>;
}
