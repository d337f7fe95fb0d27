import { isIPv4, isIPv6 } from "node:net";

/**
 * What a caller has one of. An IPv6 subscriber is given 2^64 addresses at least (RFC 6177 §2), so there it is the /64; an
 * IPv4 address stands for itself, also in its IPv6 form (RFC 4291 §2.5.5.2).
 * @param source an address @returns it, or its /64
 */
export function networkOf(source: string): string {
  const address = source.split("%", 1)[0] ?? "";
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  // The URL parser writes every address in one way (RFC 5952), with at most one gap.
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const before = groupsOf(head);
  const after = groupsOf(tail ?? "");
  const gap = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array.from({ length: gap }, () => "0"), ...after];
  return `${groups.slice(0, 4).join(":")}::/64`;
}

/** A caller's neighbours too: the /24 of an IPv4 address, which costs little to walk through, and the /64 as above. */
export function neighbourhoodOf(source: string): string {
  const network = networkOf(source);
  return isIPv4(network) ? `${network.slice(0, network.lastIndexOf("."))}.0/24` : network;
}

function groupsOf(text: string): string[] {
  return text === "" ? [] : text.split(":");
}
