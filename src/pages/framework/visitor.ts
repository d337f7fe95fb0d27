import { timingSafeEqual } from "node:crypto";
import type { BrowserSession, ProvenLogin, Sessions } from "../../engine/ports/people";
import type { SecretDigest } from "../../engine/ports/clients";
import type { DerivedMac } from "../../secrets/derived-mac";
import { type BrowserCookie, makeCookieValue } from "./browser-cookie";
import type { DeviceCookie } from "./device-cookie";
import { type Html, html } from "./html";

/** The browser that sent a request, and the person who uses it. */
export interface Visitor {
  /** The live session of this browser; undefined if there is none or its person is disabled. @throws Unavailable */
  findSession(): Promise<BrowserSession | undefined>;
  /** Renders the hidden field that every form of this server needs. Gives the browser its cookie if it has none. */
  renderFormToken(): Html;
  /** @param token the `csrf` field of a form @returns whether it was made for this browser */
  isFormToken(token: string | undefined): boolean;
  /**
   * Starts a session under a new cookie value, which prevents session fixation, and ends the old session.
   * @returns false if the login no longer holds, because the password was changed or the person disabled in this moment
   * @throws Unavailable
   */
  logIn(login: ProvenLogin): Promise<boolean>;
  /** Ends the session and gives the browser a new cookie value. @throws Unavailable */
  logOut(): Promise<void>;
  /** Whether the browser claims that a person has logged in with it before. */
  claimsToBeKnown(): boolean;
  /**
   * Finds the name under which the browser is known for an account.
   * @param account identifies the account and changes with its password, so that a new password ends what was known
   * @returns undefined for a stranger
   */
  findDevice(account: string): string | undefined;
  /** Lets the browser be known for an account from now on, under a new name. @param account as for `findDevice` */
  rememberDevice(account: string): void;
  /** @returns the `Set-Cookie` headers that the answer needs: those of the cookies that have changed */
  listSetCookies(): string[];
}

export interface VisitorPorts {
  cookie: BrowserCookie;
  deviceCookie: DeviceCookie;
  sessions: Sessions;
  digest: SecretDigest;
  /** Ties the forms to the browser's cookie. */
  formMac: DerivedMac;
}

/** @param cookieHeader the request's `Cookie` header @param now epoch milliseconds */
export function makeVisitor(ports: VisitorPorts, cookieHeader: string | undefined, now: number): Visitor {
  const { cookie, deviceCookie, sessions, digest, formMac } = ports;
  let value = cookie.parse(cookieHeader);
  let isNew = false;
  let session: Promise<BrowserSession | undefined> | undefined;
  let freshDevice: string | undefined;

  const adoptValue = (fresh: string): string => {
    isNew = true;
    session = undefined;
    return (value = fresh);
  };
  return {
    findSession() {
      session ??= value === undefined ? Promise.resolve(undefined) : sessions.use(digest(value), now);
      return session;
    },
    renderFormToken() {
      const token = formMac(value ?? adoptValue(makeCookieValue())).toString("base64url");
      return html`<input type="hidden" name="csrf" value="${token}" />`;
    },
    isFormToken(token) {
      if (value === undefined || token === undefined) return false;
      const expected = formMac(value);
      const bytes = Buffer.from(token, "base64url");
      return bytes.length === expected.length && timingSafeEqual(bytes, expected);
    },
    async logIn(login) {
      const fresh = makeCookieValue();
      if (!(await sessions.start(digest(fresh), login, now))) return false;
      if (value !== undefined) await sessions.end(digest(value));
      adoptValue(fresh);
      return true;
    },
    async logOut() {
      if (value !== undefined) await sessions.end(digest(value));
      adoptValue(makeCookieValue());
    },
    claimsToBeKnown: () => deviceCookie.hasEntries(cookieHeader),
    findDevice: (account) => deviceCookie.find(cookieHeader, account, now),
    rememberDevice(account) {
      freshDevice = deviceCookie.serialize(cookieHeader, account, now);
    },
    listSetCookies: () => [
      ...(isNew && value !== undefined ? [cookie.serialize(value)] : []),
      ...(freshDevice === undefined ? [] : [freshDevice]),
    ],
  };
}
