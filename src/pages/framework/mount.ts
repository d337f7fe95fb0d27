import type { Express, Request, Response } from "express";
import type { Clock } from "../../engine/client";
import { Refusal, refuseToWrite, toRefusal } from "../../engine/refusal";
import type { Capacity } from "../../http/capacity";
import { noCorrelation } from "../../http/api";
import { beginExchange } from "../../http/correlation";
import type { Exchange } from "../../http/exchange";
import type { Deadline } from "../../http/deadline";
import { fromHttpError } from "../../http/validation-error";
import type { ExchangeOutcome } from "../../http/request-state";
import { parsePath } from "../../http/target";
import { decodeParameters } from "../../http/body";
import type { PeerOf } from "../../http/peer";
import { renderDocument } from "./layout";
import type { Page, PageReply, PageRequest } from "./page";
import { parseFields, mustBePlainTarget, mustNotBeCrossSite, readForm, searchOf } from "./request";
import { networkOf } from "../../limits/subnet";
import { renderErrorPage } from "./error-page";
import { makeSecurityHeaders } from "./security-headers";
import { makeVisitor, type Visitor, type VisitorPorts } from "./visitor";

export interface PageOptions extends VisitorPorts {
  clock: Clock;
  /** Shared with the contracts. */
  capacity: Capacity;
  onOutcome(outcome: ExchangeOutcome): void;
  /** Pages that write are refused, whatever the request. */
  readsOnly?: boolean;
  /** Whether the server is ready to answer requests. */
  started(): boolean;
  peerOf: PeerOf;
  deadline: Deadline;
  /** Counts the request against its source, as for the contracts. @throws Refusal `throttled` */
  countSource: ((source: string) => Promise<void>) | undefined;
}

/**
 * Serves the pages at their exact paths and leaves every other path to the handlers mounted after them. At a page's path
 * every answer is a page or a redirect, errors included, unless the page is for browsers only and a program calls.
 */
export function mountPages(app: Express, pages: readonly Page[], options: PageOptions): void {
  const byPath = new Map<string, Page>(pages.map((page) => [page.path, page]));
  for (const { path, isFile } of pages)
    if (!(isFile === true ? filePath : pagePath).test(path)) throw new Error(`${path} is not a valid path for a page`);
  app.use((request, response, next) => {
    const page = byPath.get(parsePath(request.url));
    if (page === undefined || (page.browsersOnly === true && !asksForHtml(request))) return next();
    void servePage(page, request, response, options);
  });
}

const pagePath = /^\/[a-z-]*$/;
const filePath = /^\/[\w./-]+$/;

/** Whether a request names HTML, as a browser does when a person follows a link; any type at all is what programs ask for (RFC 9110 §12.5.1). */
function asksForHtml({ headers: { accept = "" } }: Request): boolean {
  return accept.split(",").some((range) => range.split(";", 1)[0]?.trim().toLowerCase() === "text/html");
}

async function servePage(page: Page, request: Request, response: Response, options: PageOptions): Promise<void> {
  const startedAt = performance.now();
  const exchange = beginExchange(noCorrelation, request.headers, page.path);
  exchange.note.page = page.path;
  const visitor = makeVisitor(options, request.headers.cookie, options.clock());
  let reply: PageReply;
  try {
    reply = await answerPage(page, request, response, { visitor, exchange, options });
    sendReply(page, response, reply, visitor);
  } catch (thrown) {
    const parts = { body: undefined, query: {}, headers: request.headers, params: {} };
    reply = renderErrorPage(toRefusal(fromHttpError(thrown, parts)), exchange.correlationId);
    sendReply(page, response, reply, visitor);
  }
  const durationMs = performance.now() - startedAt;
  const { refusal } = reply;
  options.onOutcome({
    contract: "pages",
    operation: page.path,
    isUnknownPath: false,
    request,
    exchange,
    status: response.statusCode,
    refusal,
    durationMs,
  });
}

interface PageContext {
  visitor: Visitor;
  exchange: Exchange;
  options: PageOptions;
}

/** @throws Refusal, Unavailable */
async function answerPage(
  page: Page,
  request: Request,
  response: Response,
  { visitor, exchange, options }: PageContext,
): Promise<PageReply> {
  mustBePlainTarget(request.url);
  if (!options.started()) throw new Refusal("not_ready", "the server is still starting", { retryAfterSeconds: 1 });
  const peer = options.peerOf(request);
  const { source } = peer;
  await options.countSource?.(source);
  if (!page.enabled) throw new Refusal("not_found", `${page.path} is switched off`);
  if (options.readsOnly === true && page.reads !== true) throw refuseToWrite(page.path);
  const answer = isPreflight(page, request) ? answerPreflight : handlerOf(page, request.method);
  const isForm = request.method === "POST";
  const formText = isForm ? await readForm(request, response) : "";
  const isOwnForm = isForm && page.foreignForms !== true;
  const form = isOwnForm ? parseFields(formText) : {};
  if (isOwnForm) mustNotBeCrossSite(request);
  const handle = isOwnForm && !visitor.isFormToken(form.csrf) ? makeRenewal(page) : answer;
  const search = searchOf(request.url);
  const network = networkOf(source);
  const query = (name: string) => decodeParameters(search, "query", new Set([name]))[name];
  const now = options.clock();
  const cookieHeader = request.headers.cookie;
  const work = () => handle({ path: page.path, search, query, form, formText, visitor, peer, cookieHeader, network, now, exchange });
  return options.deadline.run(() => options.capacity.run(work, exchange.caller), exchange.caller);
}

/** Headers of a file that pages of every origin may read (Fetch Standard §3.2, §3.7). */
const readableByAll = { "Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin" };

function isPreflight({ readableFrom }: Page, { method, headers: { origin, "access-control-request-method": asked } }: Request): boolean {
  return readableFrom !== undefined && method === "OPTIONS" && origin !== undefined && asked !== undefined;
}

function answerPreflight(): Promise<PageReply> {
  const headers = { "Access-Control-Allow-Methods": "GET, HEAD", "Access-Control-Allow-Headers": "*", "Access-Control-Max-Age": "600" };
  return Promise.resolve({ file: Buffer.alloc(0), status: 204, headers });
}

function handlerOf(page: Page, method: string): (request: PageRequest) => Promise<PageReply> {
  const { get, post, unsafe = false } = page;
  const readMethods = unsafe ? ["GET"] : ["GET", "HEAD"];
  if (get !== undefined && readMethods.includes(method)) return get;
  if (post !== undefined && method === "POST") return post;
  const allow = [...(get === undefined ? [] : readMethods), ...(post === undefined ? [] : ["POST"])];
  throw new Refusal("method_not_allowed", `${method} is not allowed`, { allow });
}

/** Makes the handler of forms that lack the token of this browser: another site may have made them (RFC 9700 §4.7). */
function makeRenewal({ renewForm }: Page): (request: PageRequest) => Promise<PageReply> {
  const refusal = new Refusal("access_denied", "the form lacks the token of this browser");
  if (renewForm === undefined) throw refusal;
  return (request) => renewForm(request, refusal);
}

/** The only place that writes pages. Node leaves out the body of an answer to HEAD. */
function sendReply(page: Page, response: Response, reply: PageReply, visitor: Visitor): void {
  const { status, bytes, headers: own } = renderReply(reply);
  const setCookies = [...visitor.listSetCookies(), ...(("content" in reply && reply.setCookies) || [])];
  const headers: Record<string, string | string[]> = {
    ...makeSecurityHeaders("content" in reply ? reply : undefined),
    ...(page.readableFrom === undefined ? {} : readableByAll),
    ...own,
    ...(setCookies.length === 0 ? {} : { "Set-Cookie": setCookies }),
    // RFC 9110 §8.6
    ...(status === 204 ? {} : { "Content-Length": String(bytes.length) }),
  };
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(bytes);
}

function renderReply(reply: PageReply): { status: number; bytes: Buffer; headers: Readonly<Record<string, string>> } {
  if ("location" in reply) return { status: 303, bytes: Buffer.alloc(0), headers: { Location: reply.location } };
  if ("file" in reply) {
    const { status = 200, file, type, headers } = reply;
    return { status, bytes: file, headers: { ...(type && { "Content-Type": type }), ...headers } };
  }
  const headers = { "Content-Type": "text/html; charset=utf-8", "Content-Language": "en", ...reply.headers };
  return { status: reply.status, bytes: Buffer.from(renderDocument(reply)), headers };
}
