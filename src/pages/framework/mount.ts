import type { Express, Request, Response } from "express";
import type { Clock } from "../../engine/client";
import { Refusal, toRefusal } from "../../engine/refusal";
import type { Capacity } from "../../http/capacity";
import { noCorrelation } from "../../http/api";
import { beginExchange } from "../../http/correlation";
import type { Exchange } from "../../http/exchange";
import type { Deadline } from "../../http/deadline";
import { fromHttpError } from "../../http/validation-error";
import { type ExchangeOutcome, parsePath } from "../../http/mount";
import { decodeParameters } from "../../http/body";
import type { PeerOf } from "../../http/peer";
import { documentOf } from "./layout";
import type { Page, PageReply, PageRequest } from "./page";
import { fieldsOf, mustBePlain, mustComeFromUs, readForm, searchOf } from "./request";
import { networkOf } from "../../limits/subnet";
import { refused } from "./error-page";
import { securityHeaders } from "./security-headers";
import { makeVisitor, type Visitor, type VisitorPorts } from "./visitor";

export interface PageOptions extends VisitorPorts {
  issuer: string;
  clock: Clock;
  /** Shared with the contracts. */
  capacity: Capacity;
  onOutcome(outcome: ExchangeOutcome): void;
  /** Whether requests can be answered yet. */
  started(): boolean;
  peerOf: PeerOf;
  deadline: Deadline;
  /** As for the contracts. */
  countSource: ((source: string) => Promise<void>) | undefined;
}

/**
 * Serves pages at their exact paths; every other path goes on to what is mounted after them. Whatever happens at a page's
 * path is answered with a page.
 */
export function mountPages(app: Express, pages: readonly Page[], options: PageOptions): void {
  const byPath = new Map<string, Page>(pages.map((page) => [page.path, page]));
  for (const { path } of pages) if (!/^\/[a-z-]+$/.test(path)) throw new Error(`${path} is no path for a page`);
  app.use((request, response, next) => {
    const page = byPath.get(parsePath(request.url));
    if (page === undefined) return next();
    void serve(page, request, response, options);
  });
}

async function serve(page: Page, request: Request, response: Response, options: PageOptions): Promise<void> {
  const startedAt = performance.now();
  const exchange = beginExchange(noCorrelation, request.headers, page.path);
  exchange.note.page = page.path;
  const visitor = makeVisitor(options, request.headers.cookie, options.clock());
  let reply: PageReply;
  try {
    reply = await answered(page, request, response, { visitor, exchange, options });
    send(response, reply, visitor, options.issuer);
  } catch (thrown) {
    const parts = { body: undefined, query: {}, headers: request.headers };
    reply = refused(toRefusal(fromHttpError(thrown, parts)), exchange.correlationId);
    send(response, reply, visitor, options.issuer);
  }
  const durationMs = performance.now() - startedAt;
  const { refusal } = reply;
  options.onOutcome({ contract: "pages", operation: page.path, request, exchange, status: response.statusCode, refusal, durationMs });
}

interface Occasion {
  visitor: Visitor;
  exchange: Exchange;
  options: PageOptions;
}

/** @throws Refusal, Unavailable */
async function answered(page: Page, request: Request, response: Response, { visitor, exchange, options }: Occasion): Promise<PageReply> {
  mustBePlain(request.url);
  if (!options.started()) throw new Refusal("not_ready", "still starting", { retryAfterSeconds: 1 });
  const { source } = options.peerOf(request);
  await options.countSource?.(source);
  if (!page.enabled) throw new Refusal("not_found", `${page.path} is switched off`);
  const answer = handlerOf(page, request.method);
  const isForm = request.method === "POST";
  const formText = isForm ? await readForm(request, response) : "";
  const form = isForm && page.foreignForms !== true ? fieldsOf(formText) : {};
  if (isForm && page.foreignForms !== true) mustComeFromUs(request, visitor.madeFormToken(form.csrf));
  const search = searchOf(request.url);
  const network = networkOf(source);
  const query = () => decodeParameters(search, "query");
  const now = options.clock();
  const work = () => answer({ path: page.path, search, query, form, formText, visitor, network, now, exchange });
  return options.deadline.run(() => options.capacity.run(work), exchange.caller);
}

function handlerOf(page: Page, method: string): (request: PageRequest) => Promise<PageReply> {
  const { get, post, unsafe = false } = page;
  const reading = unsafe ? ["GET"] : ["GET", "HEAD"];
  if (get !== undefined && reading.includes(method)) return get;
  if (post !== undefined && method === "POST") return post;
  const allow = [...(get === undefined ? [] : reading), ...(post === undefined ? [] : ["POST"])];
  throw new Refusal("method_not_allowed", `${method} is not offered`, { allow });
}

/** The only place that writes pages. Node leaves the bytes out where the request was HEAD. */
function send(response: Response, reply: PageReply, visitor: Visitor, issuer: string): void {
  const isPage = "content" in reply;
  const bytes = Buffer.from(isPage ? documentOf(reply.title, reply.content) : "");
  const setCookie = visitor.setCookie();
  const headers: Record<string, string> = {
    ...securityHeaders(issuer, isPage ? reply.formAction : []),
    ...(isPage ? { "Content-Type": "text/html; charset=utf-8", "Content-Language": "en", ...reply.headers } : { Location: reply.location }),
    ...(setCookie === undefined ? {} : { "Set-Cookie": setCookie }),
    "Content-Length": String(bytes.length),
  };
  response.statusCode = isPage ? reply.status : 303;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(bytes);
}
