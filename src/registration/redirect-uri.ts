/** Characters. */
const longestRedirectUri = 2000;

const loopbackHosts = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Whether a client may register this URI for authorization responses. A URI that parsers read differently is refused: one with
 * a missing authority, a backslash, blanks or non-ASCII letters. Plain http is only for a program on the person's own machine
 * (RFC 8252 §7.3). A private-use scheme has a dot, because it is a reversed domain name (RFC 8252 §7.1).
 */
export function isRedirectUri(uri: string): boolean {
  if (uri.length > longestRedirectUri || !/^[\x21-\x7e]+$/.test(uri) || /[#\\]/.test(uri) || !URL.canParse(uri)) return false;
  const { protocol, hostname } = new URL(uri);
  const hasAuthority = /^[a-z][a-z0-9+.-]*:\/\/[^/?]/i.test(uri);
  if (protocol === "https:") return hasAuthority;
  if (protocol === "http:") return hasAuthority && loopbackHosts.includes(hostname);
  return protocol.includes(".");
}
