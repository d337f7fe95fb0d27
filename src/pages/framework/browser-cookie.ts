import { parseCookie, stringifySetCookie } from "cookie";
import { makeSecret } from "../../secrets/secret";

/** The one cookie of ours: a random value that stands for the browser, and after a login for the session. */
export interface BrowserCookie {
  /** @param header the `Cookie` header @returns undefined for a value that is not of our making */
  read(header: string | undefined): string | undefined;
  /** @returns a `Set-Cookie` header */
  write(value: string): string;
}

/**
 * `__Host-` where the issuer is https: then the cookie can come from this very host only, over TLS, for all of it
 * (RFC 6265bis §4.1.3.2). `Lax` lets it come along when a client sends somebody here, and with no form of another site.
 */
export function makeBrowserCookie(issuer: string): BrowserCookie {
  const secure = issuer.startsWith("https:");
  const name = secure ? "__Host-polymint" : "polymint";
  return {
    read(header) {
      const value = header === undefined ? undefined : parseCookie(header)[name];
      return value !== undefined && ofOurMaking.test(value) ? value : undefined;
    },
    write: (value) => stringifySetCookie({ name, value, path: "/", httpOnly: true, sameSite: "lax", secure }),
  };
}

const ofOurMaking = /^pmb_[\w-]{43}[0-9a-f]{8}$/;

export function makeBrowserValue(): string {
  return makeSecret("session");
}
