import type { IncomingMessage } from "node:http";
import type { ErrorRequestHandler, Express, Request, RequestHandler, Response } from "express";
import { Refusal, toRefusal } from "../engine/refusal";
import { sendReply } from "./answer";
import type { Capacity } from "./capacity";
import type { Api, Endpoint, Reply } from "./api";
import { beginExchange } from "./correlation";
import type { Deadline } from "./deadline";
import type { Exchange } from "./exchange";
import { GivenRequest } from "./given-request";
import { fromHttpError } from "./validation-error";
import { joinHandlers } from "./join-handlers";
import { type MountableOperation, listOperations } from "./operations";
import type { PeerOf } from "./peer";
import { makeAcceptCheck, makeBodyReaders, checkAuthorizationHeader, checkMatched, makeQueryReader } from "./request-checks";
import { makeValidator, warmValidator } from "./validator";

/** What is known of an exchange when it is over. */
export interface ExchangeOutcome {
  contract: string;
  /** Its `operationId`, or the path of a page. If no route matched, that of the nearest operation. */
  operation: string;
  /** Whether the path is none of any api or page. Then the request was refused, but not by a contract. */
  isUnknownPath: boolean;
  request: IncomingMessage;
  exchange: Exchange;
  status: number;
  refusal: Refusal | undefined;
  durationMs: number;
}

export interface MountOptions {
  /** Checks every JSON answer against the spec; for tests. */
  validateResponses: boolean;
  /** Limits the operations in progress, per process; beyond the limit new ones are answered `throttled`. */
  capacity: Capacity;
  onOutcome(outcome: ExchangeOutcome): void;
  /** Whether requests can be answered yet. */
  started(): boolean;
  peerOf: PeerOf;
  /** Counts a request from an address; undefined if requests are not limited by address. @throws Refusal `throttled`, Unavailable */
  countSource: ((source: string) => Promise<void>) | undefined;
  deadline: Deadline;
}

interface MountedOperation {
  api: Api;
  operation: MountableOperation;
  endpoint: Endpoint;
}

/** The state of a request in progress: its exchange and the operation that answers it. */
interface RequestState {
  mounted: MountedOperation;
  isUnknownPath: boolean;
  exchange: Exchange;
  startedAt: number;
}

/**
 * Mounts every operation of every api as one flat Express route, and after them the answers for requests that no route
 * matches. Every answer has the shape of the api that was called or, if none was, of the nearest one.
 * @returns a promise that settles when all validators are compiled; it rejects if a spec is broken
 */
export function mountApis(app: Express, apis: readonly Api[], options: MountOptions): Promise<void> {
  const all = apis.flatMap((api) => listOperations(api.spec).map((operation) => bindEndpoint(api, operation)));
  const byPath = groupByPath(all);
  const warming: Promise<void>[] = [];

  app.use(makeStartHandler(byPath, options));
  if (options.countSource !== undefined) app.use(makeSourceCounter(options.countSource, options.peerOf));
  for (const api of apis) {
    const validator = makeValidator(api, options.validateResponses);
    for (const one of all.filter((each) => each.api === api)) {
      warming.push(warmValidator(app, validator, one.operation));
    }
    for (const [path, mounted] of byPath) {
      if (mounted[0].api !== api) continue;
      // `app.all` would add each of these handlers once per HTTP method, and every request would walk through all of them.
      const route = app.route(path).all(joinHandlers([checkAuthorizationHeader, validator.match, checkMatched]));
      for (const { operation } of mounted) {
        const checks = [makeAcceptCheck(operation), ...makeBodyReaders(operation), makeQueryReader(operation), ...validator.check];
        route[operation.method](joinHandlers([...checks, makeOperationHandler(options)]));
      }
    }
  }
  app.use((_request, _response, next) => next(new Refusal("not_found", "no route")));
  app.use(makeErrorHandler(options));
  return Promise.all(warming).then(() => undefined);
}

/** The operations of every path; a path belongs to one api. */
type OperationsByPath = ReadonlyMap<string, readonly [MountedOperation, ...MountedOperation[]]>;

function groupByPath(all: readonly MountedOperation[]): OperationsByPath {
  const byPath = new Map<string, [MountedOperation, ...MountedOperation[]]>();
  for (const one of all) {
    const others = byPath.get(one.operation.path);
    if (others === undefined) byPath.set(one.operation.path, [one]);
    else others.push(one);
  }
  return byPath;
}

function bindEndpoint(api: Api, operation: MountableOperation): MountedOperation {
  const endpoint = api.endpoints[operation.id];
  if (endpoint === undefined) throw new Error(`${api.name} has no endpoint for ${operation.id}`);
  return { api, operation, endpoint };
}

function stateOf(response: Response): RequestState {
  return response.locals.state as RequestState;
}

/**
 * Makes the first handler. It chooses the operation whose shape the answer will have, and refuses a target that Express and
 * the validator would read differently.
 */
function makeStartHandler(byPath: OperationsByPath, options: MountOptions): RequestHandler {
  return (request, response, next) => {
    const path = parsePath(request.url);
    const known = byPath.get(path);
    const mounted = chooseOperation(known ?? findNearest(byPath, path), request.method);
    const exchange = beginExchange(mounted.api.correlation, request.headers, path);
    const state: RequestState = { mounted, isUnknownPath: known === undefined, exchange, startedAt: performance.now() };
    response.locals.state = state;
    if (!request.url.startsWith("/") || request.url.includes("#")) {
      const problem = { in: "target", path: [], rule: "pattern", message: "The request target must be a plain path" } as const;
      return next(new Refusal("invalid_request", "not an origin-form target", { problems: [problem] }));
    }
    if (!options.started() && mounted.api.vital !== true) return next(new Refusal("not_ready", "still starting", { retryAfterSeconds: 1 }));
    if (!mounted.api.enabled) return next(new Refusal("not_found", `${mounted.api.name} is switched off`));
    if (request.method === "HEAD" && mounted.operation.method === "get") request.method = "GET";
    next();
  };
}

/** Chooses the operation of a path that has the method; any of the path's if none has, so that the refusal has its shape. */
function chooseOperation(mounted: readonly [MountedOperation, ...MountedOperation[]], method: string): MountedOperation {
  const wanted = method === "HEAD" ? "get" : method.toLowerCase();
  return mounted.find(({ operation }) => operation.method === wanted) ?? mounted[0];
}

/** Returns the path of a request target, also of one in absolute form (RFC 9112 §3.2). */
export function parsePath(target: string): string {
  const afterAuthority = target.startsWith("/") ? target : target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "");
  const end = afterAuthority.search(/[?#]/);
  return end < 0 ? afterAuthority : afterAuthority.slice(0, end);
}

/**
 * Finds the operation that the caller probably normalized: one whose path differs only in upper and lower case or in repeated
 * slashes, or is a prefix of the request's path. If there is none, the last api answers.
 */
function findNearest(byPath: OperationsByPath, path: string): readonly [MountedOperation, ...MountedOperation[]] {
  const normalized = `${path.toLowerCase().replaceAll(/\/+/g, "/")}/`;
  const candidates = [...byPath]
    .filter(([known]) => normalized.startsWith(`${known.toLowerCase()}/`))
    .sort(([a], [b]) => b.length - a.length);
  const found = candidates[0]?.[1] ?? [...byPath.values()].at(-1);
  if (found === undefined) throw new Error("no api is mounted");
  return found;
}

/** Makes a handler that counts every request, even if it is refused later. */
function makeSourceCounter(countSource: (source: string) => Promise<void>, peerOf: PeerOf): RequestHandler {
  return (request, response, next) => {
    if (stateOf(response).mounted.api.vital === true) return next();
    countSource(peerOf(request).source).then(() => next(), next);
  };
}

function makeOperationHandler(options: MountOptions) {
  const { capacity, deadline } = options;
  return async (request: Request, response: Response): Promise<void> => {
    const state = stateOf(response);
    const { mounted, exchange } = state;
    const { api, endpoint } = mounted;
    const given = new GivenRequest(request, options.peerOf(request));
    const handle = () => endpoint.handle(given, exchange);
    const reply = api.vital === true ? await handle() : await deadline.run(() => capacity.run(handle, exchange.caller), exchange.caller);
    sendReply(response, reply, options.validateResponses);
    reportOutcome(request, state, reply, undefined, options);
  };
}

function makeErrorHandler(options: MountOptions): ErrorRequestHandler {
  return (thrown: unknown, request, response, next) => {
    if (response.headersSent) return next(thrown);
    const state = stateOf(response);
    const parts = { body: request.body as unknown, query: request.query, headers: request.headers };
    const refusal = toRefusal(fromHttpError(thrown, parts));
    const reply = state.mounted.endpoint.refuse(refusal, state.exchange);
    sendReply(response, reply, options.validateResponses);
    reportOutcome(request, state, reply, refusal, options);
  };
}

function reportOutcome(request: Request, state: RequestState, reply: Reply, refusal: Refusal | undefined, options: MountOptions): void {
  options.onOutcome({
    contract: state.mounted.api.name,
    operation: state.mounted.operation.id,
    isUnknownPath: state.isUnknownPath,
    request,
    exchange: state.exchange,
    status: reply.status,
    refusal,
    durationMs: performance.now() - state.startedAt,
  });
}
