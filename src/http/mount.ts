import type { ErrorRequestHandler, Express, Request, RequestHandler, Response } from "express";
import { Refusal, refuseToWrite, toRefusal } from "../engine/refusal";
import { sendRefusal, sendReply } from "./answer";
import type { Api, Endpoint } from "./api";
import { beginExchange } from "./correlation";
import { answerPreflight, findCrossOrigin, showToPage } from "./cross-origin";
import type { Exchange } from "./exchange";
import { GivenRequest } from "./given-request";
import { type Intercept, makeInterceptor } from "./interception";
import { fromHttpError } from "./validation-error";
import { joinHandlers } from "./join-handlers";
import { type MountableOperation, listOperations } from "./operations";
import { formatExpressPath } from "./path-template";
import { readParameters } from "./path-parameters";
import type { PeerOf } from "./peer";
import { makeAcceptCheck, makeBodyReaders, checkAuthorizationHeader, checkMatched, makeQueryReader } from "./request-checks";
import { type OriginOptions, readOrigin, sendPreflight } from "./read-origin";
import { reportOutcome, type RequestState, stateOf } from "./request-state";
import { chooseOperation, listMethods, makeRoutes, type MountedOperation, type Routes } from "./routes";
import { parsePath } from "./target";
import { makeValidator, type SpecValidator, warmValidator } from "./validator";

export interface MountOptions extends OriginOptions {
  /** Checks every JSON answer against the spec; for tests. */
  validateResponses: boolean;
  /** Compiles validators only when they are needed; for tests. */
  compileLate?: boolean;
  /** Operations that write are refused, whatever the request. */
  readsOnly?: boolean;
  /** Whether requests can be answered yet. */
  started(): boolean;
  peerOf: PeerOf;
  /** Counts a request from an address; undefined if requests are not limited by address. @throws Refusal `throttled`, Unavailable */
  countSource: ((source: string) => Promise<void>) | undefined;
  /** Stands between valid requests and their operations; undefined where nothing does. */
  intercept?: Intercept | undefined;
}

/**
 * Mounts every operation of every api as an Express route, and after them the answers for requests that no route matches. Every
 * answer has the shape of the api that was called or, if none was, of the nearest one.
 * @returns a promise that settles when all validators are compiled; it rejects if a spec is broken
 */
export function mountApis(app: Express, apis: readonly Api[], options: MountOptions): Promise<void> {
  const warming: Promise<void>[] = [];
  const all = apis.flatMap((api) => {
    const validator = makeValidator(api, options.validateResponses);
    return listOperations(api.spec).map((operation) => {
      const mounted = mountOperation(api, operation, validator, options);
      if (options.compileLate !== true && mounted.run !== leaveOut && mounted.run !== leaveToWriters)
        warming.push(warmValidator(app, validator, operation));
      return mounted;
    });
  });

  app.use(makeStartHandler(makeRoutes(all), options));
  if (options.countSource !== undefined) app.use(makeSourceCounter(options.countSource, options.peerOf));
  for (const { operation } of all) app[operation.method](formatExpressPath(operation.path), readOrigin(runOperation, options));
  app.use(readOrigin(refuseUnmatched, options));
  app.use(makeErrorHandler(options));
  return Promise.all(warming).then(() => undefined);
}

function mountOperation(api: Api, operation: MountableOperation, validator: SpecValidator, options: MountOptions): MountedOperation {
  const endpoint = api.endpoints[operation.id];
  if (endpoint === undefined) throw new Error(`${api.name} has no endpoint for ${operation.id}`);
  if (endpoint.handle === undefined) return { api, operation, endpoint, run: leaveOut };
  const { intercept, peerOf, readsOnly } = options;
  if (readsOnly === true && endpoint.reads !== true) return { api, operation, endpoint, run: leaveToWriters };
  const exchangeOf = (response: Response): Exchange => stateOf(response).exchange;
  const run = joinHandlers([
    validator.makeMatch(operation),
    checkMatched,
    makeAcceptCheck(operation),
    ...makeBodyReaders(operation),
    makeQueryReader(operation),
    ...validator.check,
    ...(intercept === undefined ? [] : [makeInterceptor({ api, operation, endpoint }, intercept, { peerOf, exchangeOf })]),
    makeOperationHandler(endpoint.handle, options),
  ]);
  return { api, operation, endpoint, run };
}

/** Answers for an operation that is left out, whatever the request. */
const leaveOut: RequestHandler = (_request, _response, next) => next(new Refusal("not_found", "the operation is left out"));

/** Answers for an operation that writes, at a server that only reads. Credentials are not looked at: nothing is judged here. */
const leaveToWriters: RequestHandler = (request, _response, next) => next(refuseToWrite(`${request.method} ${request.path}`));

/**
 * Makes the first handler. It chooses the operation whose shape the answer will have, and refuses a target that Express and
 * the validator would read differently.
 */
function makeStartHandler(routes: Routes, options: MountOptions): RequestHandler {
  return (request, response, next) => {
    const path = parsePath(request.url);
    const route = routes.find(path, request);
    const nearest = route ?? routes.findNearest(path, request);
    const chosen = chooseOperation(nearest, request);
    const mounted = chosen ?? nearest.operations[0];
    const exchange = beginExchange(mounted.api.correlation, request.headers, path);
    const isAllowed = chosen !== undefined;
    const crossOrigin = route && findCrossOrigin(request, route, mounted);
    const state: RequestState = { mounted, route, isAllowed, params: undefined, exchange, startedAt: performance.now(), crossOrigin };
    response.locals.state = state;
    if (!request.url.startsWith("/") || request.url.includes("#")) {
      const problem = { in: "target", path: [], rule: "pattern", message: "The request target must be a plain path" } as const;
      return next(new Refusal("invalid_request", "not an origin-form target", { problems: [problem] }));
    }
    if (!options.started() && mounted.api.vital !== true) return next(new Refusal("not_ready", "still starting", { retryAfterSeconds: 1 }));
    if (!mounted.api.enabled) return next(new Refusal("not_found", `${mounted.api.name} is switched off`));
    // Before Express reads them, whose refusal does not say where the fault is.
    if (route?.template !== undefined) state.params = readParameters(mounted.operation.template ?? route.template, path);
    if (request.method === "HEAD" && mounted.operation.method === "get") request.method = "GET";
    next();
  };
}

/** Runs the operation that was chosen, which is the one of the request's host where several have this path. */
const runOperation: RequestHandler = (request, response, next) => {
  const { mounted, isAllowed, params } = stateOf(response);
  if (!isAllowed) return next();
  if (mounted.run !== leaveOut) checkAuthorizationHeader(request);
  // A copy, since the validator changes it, and a refusal is about what was sent.
  if (params !== undefined) request.params = { ...params };
  return mounted.run(request, response, next);
};

/** Refuses what no route has taken: an unknown path, or a method that the path does not have. */
const refuseUnmatched: RequestHandler = (request, response, next) => {
  const { mounted, route, isAllowed } = stateOf(response);
  if (route === undefined || isAllowed) return next(new Refusal("not_found", "no route"));
  if (mounted.run === leaveOut) return mounted.run(request, response, next);
  checkAuthorizationHeader(request);
  return next(new Refusal("method_not_allowed", `${request.method} is not allowed`, { allow: listMethods(route) }));
};

/** Makes a handler that counts every request, even if it is refused later. */
function makeSourceCounter(countSource: (source: string) => Promise<void>, peerOf: PeerOf): RequestHandler {
  return (request, response, next) => {
    if (stateOf(response).mounted.api.vital === true) return next();
    countSource(peerOf(request).source).then(() => next(), next);
  };
}

function makeOperationHandler(handle: NonNullable<Endpoint["handle"]>, options: MountOptions) {
  const { capacity, deadline } = options;
  return async (request: Request, response: Response): Promise<void> => {
    const state = stateOf(response);
    const { mounted, exchange } = state;
    const { api } = mounted;
    const given = new GivenRequest(request, options.peerOf(request));
    const work = () => handle(given, exchange);
    const reply = api.vital === true ? await work() : await deadline.run(() => capacity.run(work, exchange.caller), exchange.caller);
    showToPage(response, state.crossOrigin, state.exchange.note.client, options.origins);
    sendReply(response, reply, options.validateResponses);
    reportOutcome(request, state, reply, undefined, options);
  };
}

function makeErrorHandler(options: MountOptions): ErrorRequestHandler {
  return (thrown: unknown, request, response, next) => {
    if (response.headersSent) return next(thrown);
    const state = stateOf(response);
    // If the origin could not be looked up, or its address may ask no more: then what is remembered of it lets the page read why.
    const granted = answerPreflight(state.crossOrigin, options.origins);
    if (granted !== undefined) return sendPreflight(request, response, granted, options);
    showToPage(response, state.crossOrigin, state.exchange.note.client, options.origins);
    const parts = { body: request.body as unknown, query: request.query, headers: request.headers, params: state.params };
    const refusal = toRefusal(fromHttpError(thrown, parts));
    const refuse = () => state.mounted.endpoint.refuse(refusal, state.exchange);
    const sent = sendRefusal(response, refuse, refusal, options.validateResponses);
    reportOutcome(request, state, sent.reply, sent.refusal, options);
  };
}
