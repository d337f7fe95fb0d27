/** Characters. */
const longestOrigin = 300;

const loopbackHosts = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Whether a client may register this origin of web pages: it is written as browsers send it (RFC 6454 §6.2), so that the two can be
 * compared as texts. Plain http is only for pages of the person's own machine, since on any other way the page could be changed.
 * `null` is no origin: every page in a sandboxed frame has it.
 */
export function isOrigin(text: string): boolean {
  if (text.length > longestOrigin || !/^https?:\/\/[\w.:[\]-]+$/.test(text) || !URL.canParse(text)) return false;
  const { origin, protocol, hostname } = new URL(text);
  return origin === text && (protocol === "https:" || loopbackHosts.includes(hostname));
}
