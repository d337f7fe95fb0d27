import type { IncomingMessage, ServerResponse } from "node:http";
import { isOrigin } from "../engine/origin";
import type { Origins } from "../engine/ports/clients";
import type { Reply } from "./api";
import { chooseOperation, isServed, type MountedOperation, type Route } from "./routes";

/*
 * CORS (Fetch Standard §3.2): which web pages of other origins may read an answer. Nothing here decides whether a request is
 * answered, only whether the browser shows the answer to the page. `Access-Control-Allow-Credentials` is never sent: the APIs read
 * no cookies, and a page that has a client's credential puts it into the request itself.
 */

/** Seconds that a browser remembers a preflight's answer. A page whose origin is removed meanwhile can send, but read nothing. */
const preflightMaxAgeSeconds = 600;

/** Headers that a page may always read (Fetch Standard, CORS-safelisted response-header names). */
const alwaysReadable: ReadonlySet<string> = new Set(
  ["Cache-Control", "Content-Language", "Content-Length", "Content-Type", "Expires", "Last-Modified", "Pragma"].map((name) =>
    name.toLowerCase(),
  ),
);

/** A request whose answer pages of other origins may read. */
export interface CrossOrigin {
  /** The operation that it calls or, for a preflight, asks to call. */
  operation: MountedOperation;
  route: Route;
  isPreflight: boolean;
  /** The page's origin; undefined if every page may read the answer. */
  origin: string | undefined;
  /** Ids of the clients that registered the origin; undefined until they are looked up. */
  clients: ReadonlySet<string> | undefined;
}

/**
 * Finds whether pages may read the answer to a request, as far as the operation decides it.
 * @param mounted the operation whose shape the answer has
 * @returns undefined if no page may; then the answer is the same as without CORS
 */
export function findCrossOrigin(request: IncomingMessage, route: Route, mounted: MountedOperation): CrossOrigin | undefined {
  const { origin, "access-control-request-method": askedMethod } = request.headers;
  const isPreflight = request.method === "OPTIONS";
  if (isPreflight && (origin === undefined || askedMethod === undefined)) return undefined;
  const operation = isPreflight ? chooseOperation(route, { method: askedMethod }) : mounted;
  if (operation === undefined || !isServed(operation)) return undefined;
  switch (operation.endpoint.readableFrom) {
    case undefined:
      return undefined;
    case "every origin":
      return { operation, route, isPreflight, origin: undefined, clients: undefined };
    case "registered origins":
      if (origin === undefined || !isOrigin(origin)) return undefined;
      return { operation, route, isPreflight, origin, clients: undefined };
  }
}

/** Looks up which clients registered the origin, if that matters. @throws Unavailable */
export async function findClients(asked: CrossOrigin, origins: Origins): Promise<void> {
  if (asked.origin !== undefined) asked.clients = await origins.findClients(asked.origin);
}

/**
 * Whether the page may read the answer. Once the request's client is known, the origin must be its own; before, it may be any
 * client's: an error then tells the page no more than it tells every program that is no browser. If the look-up failed or was not
 * made yet, what is remembered decides: without it, a page could not tell an outage from a refusal of its origin.
 */
function mayRead({ origin, clients, operation }: CrossOrigin, client: string | undefined, origins: Origins): boolean {
  if (operation.endpoint.readableFrom === "every origin") return true;
  const known = clients ?? (origin === undefined ? undefined : origins.recallClients(origin));
  if (known === undefined) return false;
  return client === undefined ? known.size > 0 : known.has(client);
}

/** Adds the headers by which the page can read the answer to a request that is no preflight; none if it may not. */
export function showToPage(response: ServerResponse, asked: CrossOrigin | undefined, client: string | undefined, origins: Origins): void {
  if (asked === undefined || asked.isPreflight || !mayRead(asked, client, origins)) return;
  const exposed = asked.operation.operation.answerHeaders.filter((name) => !alwaysReadable.has(name));
  response.setHeaders(new Map(Object.entries(allowOrigin(asked))));
  if (exposed.length > 0) response.setHeader("Access-Control-Expose-Headers", exposed.join(", "));
}

/** @returns the answer to a preflight; undefined if the page may not send what it asks for, or the request is no preflight */
export function answerPreflight(asked: CrossOrigin | undefined, origins: Origins): Reply | undefined {
  if (asked?.isPreflight !== true || !mayRead(asked, undefined, origins)) return undefined;
  const { mediaType, requestHeaders } = asked.operation.operation;
  const headers = ["authorization", ...(mediaType === undefined ? [] : ["content-type"]), "prefer", ...requestHeaders];
  const methods = asked.route.operations.filter(
    (one) => isServed(one) && one.endpoint.readableFrom === asked.operation.endpoint.readableFrom,
  );
  return {
    status: 204,
    headers: {
      ...allowOrigin(asked),
      "Access-Control-Allow-Methods": methods.map(({ operation: { method } }) => method.toUpperCase()).join(", "),
      "Access-Control-Allow-Headers": [...new Set(headers)].join(", "),
      "Access-Control-Max-Age": String(preflightMaxAgeSeconds),
    },
  };
}

/** For an origin that is named, a cache must keep the answers apart (Fetch Standard §3.2.5). */
function allowOrigin({ origin }: CrossOrigin): Readonly<Record<string, string>> {
  return origin === undefined ? { "Access-Control-Allow-Origin": "*" } : { "Access-Control-Allow-Origin": origin, Vary: "Origin" };
}
