import type { Refusal } from "../../engine/refusal";
import type { Exchange } from "../../http/exchange";
import type { Peer } from "../../http/peer";
import type { Html } from "./html";
import type { PageScript } from "./script";
import type { Visitor } from "./visitor";

/** A well-formed request for a page. */
export interface PageRequest {
  /** Path of the page. */
  path: string;
  /** The query as it came, without the question mark. */
  search: string;
  /** A parameter of the query. @throws Refusal if the query cannot be decoded, the parameter is repeated, or any holds a NUL */
  query: (name: string) => string | undefined;
  /** The fields of the form that was sent; empty with GET and for pages with `foreignForms`, which read `formText`. */
  form: Readonly<Record<string, string>>;
  /** The form as it was sent, undecoded. */
  formText: string;
  visitor: Visitor;
  /** The caller, as the connection or a trusted proxy shows it. */
  peer: Peer;
  /** The `Cookie` header, for a page with a cookie of its own. */
  cookieHeader: string | undefined;
  /** The caller's network, by which attempts are counted: see `networkOf`. */
  network: string;
  /** Epoch milliseconds. */
  now: number;
  exchange: Exchange;
}

/** A page to send. The framework adds the layout and the security headers. */
export interface HtmlReply {
  status: number;
  /** The window's title. */
  title: string;
  content: Html;
  /** A card in the middle, which is the default, or the width that a reference needs. */
  layout?: "card" | "wide";
  /** Links to other pages, beside the name of the server. */
  nav?: Html;
  /** What the page does beyond links and forms, where the browser runs scripts. */
  scripts?: readonly PageScript[];
  /** What else the page loads, by directive of the Content-Security-Policy; `style-src` takes the place of the page's own styles. */
  sources?: PageSources;
  /** Sources, beside this server, where redirects after the page's forms may end (CSP Level 3 §6.4.1, `form-action`). */
  formAction?: readonly string[];
  headers?: Readonly<Record<string, string>>;
  /** `Set-Cookie` headers of the page's own cookies. */
  setCookies?: readonly string[];
  /** Why a request was not granted, for the log. */
  refusal?: Refusal;
}

/** Sources by the directive that allows them (CSP Level 3 §6). */
export type PageSources = Partial<Record<"script-src" | "connect-src" | "style-src" | "img-src" | "font-src", readonly string[]>>;

/** A redirect to another address, with GET (303 See Other). */
export interface RedirectReply {
  location: string;
  /** Why a request was not granted, for the log. */
  refusal?: Refusal;
}

/** A file beside the pages, such as an icon. */
export interface FileReply {
  file: Buffer;
  /** Its media type; undefined for an answer without content. */
  type?: string;
  headers?: Readonly<Record<string, string>>;
  /** Default 200. */
  status?: 204;
  refusal?: undefined;
}

export type PageReply = HtmlReply | RedirectReply | FileReply;

/** What the login page must know about the page that the login leads to. */
export interface LoginContext {
  /** The client that needs the login, to be shown. */
  clientName?: string;
  /** Email address of the expected person, filled into the form. */
  loginHint?: string;
  /** As in {@link HtmlReply}. */
  formAction?: readonly string[];
}

/** A page, or a file beside the pages, at one exact path. */
export interface Page {
  /** A slash and at most one segment: links between pages are relative, so that they work behind a proxy that adds a prefix. A file has none. */
  path: `/${string}`;
  /** False if no enabled contract needs the page; then the answer is 404. */
  enabled: boolean;
  /** Answers GET, and HEAD unless the page is `unsafe`. Changes nothing that following a link may not change. */
  get?: (request: PageRequest) => Promise<PageReply>;
  /** Whether it is a file, whose path may have several segments. */
  isFile?: true;
  /** Whether it writes nothing, so that a server that only reads can answer it. Default: it writes. */
  reads?: true;
  /** Which web pages may read it in a browser (CORS). Default: none of another origin. */
  readableFrom?: "every origin";
  /** Leaves requests that do not ask for HTML to the handlers after the pages. */
  browsersOnly?: true;
  /** GET may create something that only its answer contains, so HEAD is refused (RFC 9110 §9.2.1). */
  unsafe?: true;
  /** Answers a form. */
  post?: (request: PageRequest) => Promise<PageReply>;
  /**
   * Answers a form that was not made for this browser as it is now: the person has logged in or out in another tab since, or the
   * browser keeps no cookies. Leads on to where the form can be sent again, and changes nothing.
   */
  renewForm?: (request: PageRequest, refusal: Refusal) => Promise<PageReply>;
  /** Takes forms of other sites too. Such a form is neither checked nor decoded, and must change nothing. */
  foreignForms?: true;
  /** Only for pages that a login may lead back to. @param search the query of the page */
  describeLogin?: (search: string) => Promise<LoginContext>;
}

/** @returns a relative reference to a page of this server */
export function linkTo(path: `/${string}`, query: Readonly<Record<string, string>> = {}): string {
  const search = new URLSearchParams(query).toString();
  return `.${path}${search === "" ? "" : `?${search}`}`;
}

/** Redirects to a page of this server. */
export function redirectTo(path: `/${string}`, query: Readonly<Record<string, string>> = {}): RedirectReply {
  return { location: linkTo(path, query) };
}

/** @returns a relative reference to the login page, which leads on to a page afterwards @param search the query of that page */
export function linkToLogin(path: `/${string}`, search = ""): string {
  return linkTo("/login", { continue: search === "" ? path : `${path}?${search}` });
}

/** Redirects to the login page, as {@link linkToLogin}. */
export function redirectToLogin(path: `/${string}`, search = ""): RedirectReply {
  return { location: linkToLogin(path, search) };
}
