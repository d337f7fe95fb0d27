/** Characters of a redirect URI. */
const longest = 2000;

const loopback = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Whether people may be sent back to this. Anything that reads differently to different parsers is refused: an authority
 * that is missing, a backslash, blanks, letters beyond ASCII. Plain http is for a program on the person's own machine
 * (RFC 8252 §7.3); a scheme of an app's own has a dot, as a reversed domain name has (RFC 8252 §7.1).
 */
export function isRedirectUri(uri: string): boolean {
  if (uri.length > longest || !/^[\x21-\x7e]+$/.test(uri) || /[#\\]/.test(uri) || !URL.canParse(uri)) return false;
  const { protocol, hostname } = new URL(uri);
  const hasAuthority = /^[a-z][a-z0-9+.-]*:\/\/[^/?]/i.test(uri);
  if (protocol === "https:") return hasAuthority;
  if (protocol === "http:") return hasAuthority && loopback.includes(hostname);
  return protocol.includes(".");
}
