import { parseCookie, stringifySetCookie } from "cookie";
import { makeSecret } from "../../secrets/secret";

/** The cookie of the session: a random value that identifies the browser and, after a login, the session. */
export interface BrowserCookie {
  /** @param header the `Cookie` header @returns the value; undefined if there is none, or none of the form that this server makes */
  parse(header: string | undefined): string | undefined;
  /** @returns a `Set-Cookie` header */
  serialize(value: string): string;
}

/**
 * With an https issuer the name starts with `__Host-`: only this very host can set such a cookie, over TLS and for all paths
 * (RFC 6265bis §4.1.3.2). With `SameSite=Lax` browsers send it when a link or redirect leads here, but not with another site's form.
 */
export function makeBrowserCookie(issuer: string): BrowserCookie {
  const secure = issuer.startsWith("https:");
  const name = secure ? "__Host-polymint" : "polymint";
  return {
    parse(header) {
      const value = header === undefined ? undefined : parseCookie(header)[name];
      return value !== undefined && valuePattern.test(value) ? value : undefined;
    },
    serialize: (value) => stringifySetCookie({ name, value, path: "/", httpOnly: true, sameSite: "lax", secure }),
  };
}

const valuePattern = /^pmb_[\w-]{43}[0-9a-f]{8}$/;

export function makeCookieValue(): string {
  return makeSecret("session");
}
