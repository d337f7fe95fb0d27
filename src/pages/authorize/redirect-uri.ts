const loopback = /^http:\/\/(?:127\.0\.0\.1|\[::1\])(?=[:/?]|$)/;
const port = /^:([1-9]\d{0,4})(?=[/?]|$)/;

/**
 * Finds whether a redirect URI is a registered one, character by character (RFC 9700 §2.1). Only the port of a loopback
 * address may differ, because a program on the person's own machine gets any free one (RFC 8252 §7.3). The name localhost is
 * no such address: it may resolve to another one (RFC 8252 §8.3).
 */
export function isRegisteredUri(uri: string, registered: readonly string[]): boolean {
  if (registered.includes(uri)) return true;
  const portless = removeLoopbackPort(uri);
  return portless !== undefined && registered.some((each) => removeLoopbackPort(each) === portless);
}

/** @returns the URI without its port, if it has one; undefined if its host is no loopback address or its port is not valid */
function removeLoopbackPort(uri: string): string | undefined {
  const [origin] = loopback.exec(uri) ?? [];
  if (origin === undefined) return undefined;
  const rest = uri.slice(origin.length);
  if (!rest.startsWith(":")) return uri;
  const [written, digits] = port.exec(rest) ?? [];
  return written === undefined || Number(digits) > 65_535 ? undefined : `${origin}${rest.slice(written.length)}`;
}
