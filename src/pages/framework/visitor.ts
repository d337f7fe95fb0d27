import { timingSafeEqual } from "node:crypto";
import type { Session, Sessions } from "../../engine/ports/people";
import type { SecretDigest } from "../../engine/ports/clients";
import type { DerivedMac } from "../../secrets/derived-mac";
import { type BrowserCookie, makeBrowserValue } from "./browser-cookie";
import { type Html, html } from "./html";

/** Whoever sits at the browser that sent a request. */
export interface Visitor {
  /** The live session of this browser, of a person who may log in. @throws Unavailable */
  session(): Promise<Session | undefined>;
  /** The hidden field that a form of ours must carry. Gives the browser its cookie, if it has none. */
  formToken(): Html;
  /** Whether a form's `csrf` field was made for this very browser. */
  madeFormToken(token: string | undefined): boolean;
  /** Begins a session under a new value, so that nobody who knows the old one is in it; the old session ends. @throws Unavailable */
  logIn(personId: string): Promise<void>;
  /** Ends the session, here and in the browser. @throws Unavailable */
  logOut(): Promise<void>;
  /** What the browser must be told to keep, if anything changed: a `Set-Cookie` header. */
  setCookie(): string | undefined;
}

export interface VisitorPorts {
  cookie: BrowserCookie;
  sessions: Sessions;
  digest: SecretDigest;
  /** Ties the forms to the browser's cookie. */
  formMac: DerivedMac;
}

/** @param cookieHeader the request's `Cookie` header @param now epoch milliseconds */
export function makeVisitor(ports: VisitorPorts, cookieHeader: string | undefined, now: number): Visitor {
  const { cookie, sessions, digest, formMac } = ports;
  let value = cookie.read(cookieHeader);
  let isNew = false;
  let found: Promise<Session | undefined> | undefined;

  const adopt = (fresh: string): string => {
    isNew = true;
    found = undefined;
    return (value = fresh);
  };
  return {
    session() {
      found ??= value === undefined ? Promise.resolve(undefined) : sessions.use(digest(value), now);
      return found;
    },
    formToken() {
      const token = formMac(value ?? adopt(makeBrowserValue())).toString("base64url");
      return html`<input type="hidden" name="csrf" value="${token}" />`;
    },
    madeFormToken(token) {
      if (value === undefined || token === undefined) return false;
      const expected = formMac(value);
      const given = Buffer.from(token, "base64url");
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
    async logIn(personId) {
      const fresh = makeBrowserValue();
      await sessions.begin(digest(fresh), personId, now);
      if (value !== undefined) await sessions.end(digest(value));
      adopt(fresh);
    },
    async logOut() {
      if (value !== undefined) await sessions.end(digest(value));
      adopt(makeBrowserValue());
    },
    setCookie: () => (isNew && value !== undefined ? cookie.write(value) : undefined),
  };
}
