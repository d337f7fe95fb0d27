import type { IncomingMessage } from "node:http";
import type { ErrorRequestHandler, Express, Request, RequestHandler, Response } from "express";
import { Refusal, toRefusal } from "../engine/refusal";
import { sendReply } from "./answer";
import type { Capacity } from "./capacity";
import type { Api, Endpoint, Reply } from "./api";
import { beginExchange } from "./correlation";
import type { Deadline } from "./deadline";
import type { Exchange } from "./exchange";
import { fromHttpError } from "./validation-error";
import { type MountableOperation, listOperations } from "./operations";
import type { PeerOf } from "./peer";
import { makeAcceptCheck, makeBodyReaders, checkAuthorizationHeader, checkMatched, readQuery } from "./request-checks";
import { makeValidator, warmValidator } from "./validator";

/** What becomes known of an exchange once it is over. */
export interface ExchangeOutcome {
  contract: string;
  /** Its `operationId`; of a page, its path. Of what no route took, that of the nearest. */
  operation: string;
  request: IncomingMessage;
  exchange: Exchange;
  status: number;
  refusal: Refusal | undefined;
  durationMs: number;
}

export interface MountOptions {
  /** Check every JSON answer against the spec: for tests. */
  validateResponses: boolean;
  /** Operations in progress, per process, beyond which new ones are answered `throttled`. */
  capacity: Capacity;
  onOutcome(outcome: ExchangeOutcome): void;
  /** Whether requests can be answered yet. */
  started(): boolean;
  peerOf: PeerOf;
  /** Counts a request from an address; undefined where nobody counts. @throws Refusal `throttled`, Unavailable */
  countSource: ((source: string) => Promise<void>) | undefined;
  deadline: Deadline;
}

interface MountedOperation {
  api: Api;
  operation: MountableOperation;
  endpoint: Endpoint;
}

/** The exchange and where it is going, as long as the request lives. */
interface RequestState extends MountedOperation {
  exchange: Exchange;
  startedAt: number;
}

/**
 * Mounts every operation of every api as one flat Express route, and after them the answers for what no route
 * took. Everything that leaves here is in the shape of the api that was called, or came nearest to being called.
 * @returns a promise that settles when all validators are compiled; it rejects if a spec is broken
 */
export function mountApis(app: Express, apis: readonly Api[], options: MountOptions): Promise<void> {
  const all = apis.flatMap((api) => listOperations(api.spec).map((operation) => bindEndpoint(api, operation)));
  const byPath = new Map(all.map((one) => [one.operation.path, one]));
  const warming: Promise<void>[] = [];

  app.use(makeStartHandler(byPath, options));
  if (options.countSource !== undefined) app.use(makeSourceCounter(options.countSource, options.peerOf));
  for (const api of apis) {
    const validator = makeValidator(api, options.validateResponses);
    for (const one of all.filter((each) => each.api === api)) {
      warming.push(warmValidator(app, validator, one.operation));
      // `app.all` would stack each of these once for every method there is, to be walked through at every request.
      app
        .route(one.operation.path)
        .all(
          checkAuthorizationHeader,
          validator.match,
          checkMatched,
          makeAcceptCheck(one.operation),
          ...makeBodyReaders(one.operation),
          readQuery,
          ...validator.check,
          makeOperationHandler(options),
        );
    }
  }
  app.use((_request, _response, next) => next(new Refusal("not_found", "no route")));
  app.use(makeErrorHandler(options));
  return Promise.all(warming).then(() => undefined);
}

function bindEndpoint(api: Api, operation: MountableOperation): MountedOperation {
  const endpoint = api.endpoints[operation.id];
  if (endpoint === undefined) throw new Error(`${api.name} has no answer to ${operation.id}`);
  return { api, operation, endpoint };
}

function stateOf(response: Response): RequestState {
  return response.locals.journey as RequestState;
}

/** First of all: whose shape will the answer have, and is the target one that Express and the validator read alike? */
function makeStartHandler(byPath: ReadonlyMap<string, MountedOperation>, options: MountOptions): RequestHandler {
  return (request, response, next) => {
    const path = parsePath(request.url);
    const destination = byPath.get(path) ?? findNearest(byPath, path);
    const exchange = beginExchange(destination.api.correlation, request.headers, path);
    response.locals.journey = { ...destination, exchange, startedAt: performance.now() } satisfies RequestState;
    if (!request.url.startsWith("/") || request.url.includes("#")) {
      const problem = { in: "target", path: [], rule: "pattern", message: "The request target must be a plain path" } as const;
      return next(new Refusal("invalid_request", "not an origin-form target", { problems: [problem] }));
    }
    if (!options.started() && destination.api.vital !== true)
      return next(new Refusal("not_ready", "still starting", { retryAfterSeconds: 1 }));
    if (!destination.api.enabled) return next(new Refusal("not_found", `${destination.api.name} is switched off`));
    if (request.method === "HEAD" && destination.operation.method === "get") request.method = "GET";
    next();
  };
}

/** Path of any request target, absolute-form ones included (RFC 9112 §3.2). */
export function parsePath(target: string): string {
  const afterAuthority = target.startsWith("/") ? target : target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "");
  return afterAuthority.split(/[?#]/, 1)[0] ?? "";
}

/**
 * The operation somebody meant who wrote its path in other letters, with a slash too many, or went below it. For what is
 * near none, the last api speaks.
 */
function findNearest(byPath: ReadonlyMap<string, MountedOperation>, path: string): MountedOperation {
  const meant = `${path.toLowerCase().replaceAll(/\/+/g, "/")}/`;
  const near = [...byPath].filter(([known]) => meant.startsWith(`${known.toLowerCase()}/`)).sort(([a], [b]) => b.length - a.length);
  const found = near[0]?.[1] ?? [...byPath.values()].at(-1);
  if (found === undefined) throw new Error("no api is mounted");
  return found;
}

/** Every request counts, whatever becomes of it. */
function makeSourceCounter(countSource: (source: string) => Promise<void>, peerOf: PeerOf): RequestHandler {
  return (request, response, next) => {
    if (stateOf(response).api.vital === true) return next();
    countSource(peerOf(request).source).then(() => next(), next);
  };
}

function makeOperationHandler(options: MountOptions) {
  const { capacity, deadline } = options;
  return async (request: Request, response: Response): Promise<void> => {
    const journey = stateOf(response);
    const { api, endpoint, exchange } = journey;
    const { headers, query } = request;
    const body: unknown = request.body;
    const peer = options.peerOf(request);
    const handle = () => endpoint.handle({ headers, query, body, ...peer }, exchange);
    const reply = api.vital === true ? await handle() : await deadline.run(() => capacity.run(handle), exchange.caller);
    sendReply(response, reply, options.validateResponses);
    reportOutcome(request, journey, reply, undefined, options);
  };
}

function makeErrorHandler(options: MountOptions): ErrorRequestHandler {
  return (thrown: unknown, request, response, next) => {
    if (response.headersSent) return next(thrown);
    const journey = stateOf(response);
    const parts = { body: request.body as unknown, query: request.query, headers: request.headers };
    const refusal = toRefusal(fromHttpError(thrown, parts));
    const reply = journey.endpoint.refuse(refusal, journey.exchange);
    sendReply(response, reply, options.validateResponses);
    reportOutcome(request, journey, reply, refusal, options);
  };
}

function reportOutcome(request: Request, journey: RequestState, reply: Reply, refusal: Refusal | undefined, options: MountOptions): void {
  options.onOutcome({
    contract: journey.api.name,
    operation: journey.operation.id,
    request,
    exchange: journey.exchange,
    status: reply.status,
    refusal,
    durationMs: performance.now() - journey.startedAt,
  });
}
