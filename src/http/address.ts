import type { IncomingMessage } from "node:http";

/** Where an api answers, beside the paths of its spec. */
export interface Address {
  /** What stands before each of its paths, such as `/vendor`; empty for nothing. */
  prefix: string;
  /** The only host that it answers at, in lower case; undefined if it answers at each. */
  host: string | undefined;
}

/** The address of an api that has none of its own. */
export const plainAddress: Address = { prefix: "", host: undefined };

/** Whether a text can stand before paths: segments of signs that need no escape. A client would leave out `.` and `..`. */
export function isPrefix(text: string): boolean {
  return (
    text.startsWith("/") &&
    text
      .split("/")
      .slice(1)
      .every((segment) => /^[\w.~-]+$/.test(segment) && !/^\.\.?$/.test(segment))
  );
}

/** Whether a text is the name of a host, without a port. */
export function isHost(text: string): boolean {
  return text.length <= 253 && text.split(".").every((label) => /^[a-z\d-]{1,63}$/i.test(label) && !/^-|-$/.test(label));
}

/**
 * Returns the host that a request was sent to, in lower case and without the port (RFC 9110 §7.2). `X-Forwarded-Host` is not
 * looked at, not even from a trusted proxy: only one header may decide which contract answers.
 */
export function hostOf({ headers: { host = "" } }: IncomingMessage): string {
  const colon = host.lastIndexOf(":");
  const name = (colon > host.lastIndexOf("]") ? host.slice(0, colon) : host).toLowerCase();
  // With a dot at its end, a name is the same one, written absolutely (RFC 1034 §3.1).
  return name.endsWith(".") ? name.slice(0, -1) : name;
}

/** Returns the base URL at which clients find an address: its host in place of the issuer's. No trailing slash. */
export function toBaseUrl({ host }: Address, issuer: string): string {
  return host === undefined ? issuer : `${new URL(issuer).protocol}//${host}`;
}
