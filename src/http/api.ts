import type { IncomingHttpHeaders } from "node:http";
import type { Refusal } from "../engine/refusal";
import type { ClientCertificate, Credential } from "../engine/token-request";
import type { Address } from "./address";
import type { Exchange } from "./exchange";

/** The part of an OpenAPI document that the server itself reads. */
export interface Spec {
  paths: object;
}

/** A reply of any operation; {@link ReplyOf} is the type of one operation's replies. */
export interface Reply {
  status: number;
  headers?: Readonly<Record<string, string | undefined>>;
  type?: string;
  body?: unknown;
}

/** A request of any operation; {@link RequestOf} is the type of one operation's requests. */
export interface SomeRequest {
  headers: IncomingHttpHeaders;
  /** Parameters of the path. */
  params: unknown;
  query: unknown;
  body: unknown;
  certificate: ClientCertificate | undefined;
  source: string;
}

/** The code that answers one operation. */
export interface Endpoint {
  /** Undefined for an operation that is left out, which is answered as not found. @throws Refusal, Unavailable */
  handle: ((request: SomeRequest, exchange: Exchange) => Promise<Reply>) | undefined;
  /** Turns any refusal into a reply in the contract's own shape; never throws. */
  refuse(refusal: Refusal, exchange: Exchange): Reply;
  /** Reads what a request presents to prove its client, without checking it. Undefined where requests present nothing. @throws Refusal */
  readCredentials?: ((request: SomeRequest) => readonly Credential[]) | undefined;
  /** Whether it writes nothing, so that a server that only reads can answer it. Default: it writes. */
  reads?: boolean;
  /** Which web pages may read its answers in a browser (CORS). Default: none of another origin. */
  readableFrom?: ReadableFrom;
}

/** `registered origins` are those of the clients, once the client is known only its own. */
export type ReadableFrom = "every origin" | "registered origins";

export interface Correlation {
  /** Lower-case name of the request header with the caller's id; null if the contract has no such header. */
  requestHeader: string | null;
  /** The form of an acceptable id; any other value is replaced by a new UUID. */
  accepts: RegExp;
}

/** For contracts without a header for the caller's id. */
export const noCorrelation: Correlation = { requestHeader: null, accepts: /$^/ };

/** A spec with an endpoint for each of its operations. */
export interface Api {
  name: string;
  /** Answered even at capacity and while the server starts, so that a busy server does not look like a dead one. */
  vital?: boolean;
  /** No fault can be armed at it, nor asked for. */
  faultless?: boolean;
  /** False if the operator has switched it off; then every request is answered as not found. */
  enabled: boolean;
  /** With the prefix of the address in its paths. */
  spec: Spec;
  /** Default: the paths of the spec, at every host. */
  address?: Address;
  correlation: Correlation;
  endpoints: Readonly<Record<string, Endpoint>>;
}
