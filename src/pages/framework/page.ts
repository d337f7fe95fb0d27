import type { Refusal } from "../../engine/refusal";
import type { Exchange } from "../../http/exchange";
import type { Html } from "./html";
import type { Visitor } from "./visitor";

/** A request for a page, once it is known to be well-formed. */
export interface PageRequest {
  /** Path of the page. */
  path: string;
  /** The query as it came, without the question mark. */
  search: string;
  /** The parameters of the query. @throws Refusal if they cannot be decoded, or one is repeated or holds a NUL */
  query: () => Readonly<Record<string, string>>;
  /** The fields of the form that was sent; none with GET. For pages that take forms from anywhere, see `formText`. */
  form: Readonly<Record<string, string>>;
  /** The form as it was sent, undecoded. */
  formText: string;
  visitor: Visitor;
  /** Where the caller sits, for counting attempts: see `networkOf`. */
  network: string;
  /** Epoch milliseconds. */
  now: number;
  exchange: Exchange;
}

/** A page to be shown. The layout and every header come from the framework. */
export interface Rendered {
  status: number;
  /** The window's title and, unless the content has its own, the heading. */
  title: string;
  content: Html;
  /** Sources beside our own that the page's forms may end in, by way of redirects (CSP Level 3 §6.4.1, `form-action`). */
  formAction?: readonly string[];
  headers?: Readonly<Record<string, string>>;
  /** Why a request was not granted, for the log. */
  refusal?: Refusal;
}

/** On to another address, with GET. */
export interface SeeOther {
  location: string;
  /** Why a request was not granted, for the log. */
  refusal?: Refusal;
}

export type PageReply = Rendered | SeeOther;

/** What the login page needs to know of where it will lead. */
export interface Continuation {
  /** Who wanted the login; shown. */
  clientName?: string;
  /** Who is expected to log in; filled into the form. */
  loginHint?: string;
  /** As in {@link Rendered}. */
  formAction?: readonly string[];
}

/** A page at one exact path. */
export interface Page {
  /** A slash and one segment: links between pages are relative, so that they hold behind any prefix of a proxy. */
  path: `/${string}`;
  /** False if what it is for is switched off; then it is not found. */
  enabled: boolean;
  /** Answers GET, and HEAD if it is safe. Must change nothing but what coming here by a link may change. */
  get?: (request: PageRequest) => Promise<PageReply>;
  /** GET may make something that only its answer tells of: HEAD is refused (RFC 9110 §9.2.1). */
  unsafe?: true;
  /** Answers a form. */
  post?: (request: PageRequest) => Promise<PageReply>;
  /** Takes forms from other sites too: they are not checked, not decoded, and must change nothing. */
  foreignForms?: true;
  /** For pages that a login may lead back to: what a query of that page makes the login lead to. */
  continuation?: (search: string) => Promise<Continuation>;
}

/** @returns a relative reference to a page of ours */
export function local(path: `/${string}`, query: Readonly<Record<string, string>> = {}): string {
  const search = new URLSearchParams(query).toString();
  return `.${path}${search === "" ? "" : `?${search}`}`;
}

/** On to a page of ours. */
export function seeOther(path: `/${string}`, query: Readonly<Record<string, string>> = {}): SeeOther {
  return { location: local(path, query) };
}

/** Sends somebody to log in, and back to a page afterwards. @param search the query of that page */
export function toLogin(path: `/${string}`, search = ""): SeeOther {
  return seeOther("/login", { continue: search === "" ? path : `${path}?${search}` });
}
