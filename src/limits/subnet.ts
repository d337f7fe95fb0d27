import { isIPv4, isIPv6 } from "node:net";

/**
 * The network of one subscriber. An IPv6 subscriber has at least 2^64 addresses (RFC 6177 §2), so it is the /64; an IPv4
 * address stands for itself, also when written as IPv6 (RFC 4291 §2.5.5.2, RFC 6052 §2.1).
 * @param source an IP address
 * @returns the IPv4 address or the IPv6 /64
 */
export function networkOf(source: string): string {
  if (isIPv4(source)) return source;
  const address = source.split("%", 1)[0] ?? "";
  if (!isIPv6(address)) return address;
  // The URL parser gives every address in its one canonical form (RFC 5952), with at most one `::`.
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const before = splitGroups(head);
  const after = splitGroups(tail ?? "");
  const gap = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array.from({ length: gap }, () => "0"), ...after];
  return findIpv4(groups) ?? `${groups.slice(0, 4).join(":")}::/64`;
}

const ipv4Prefixes = ["0:0:0:0:0:ffff", "64:ff9b:0:0:0:0"];

/** @returns the IPv4 address that the groups of an IPv6 address contain, if they do */
function findIpv4(groups: readonly string[]): string | undefined {
  if (!ipv4Prefixes.includes(groups.slice(0, 6).join(":"))) return undefined;
  const bytes = groups.slice(6).flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
  return bytes.join(".");
}

/** The /24 of an IPv4 address, because an attacker can easily use all 256 addresses of one; the /64 of an IPv6 address. */
export function subnetOf(source: string): string {
  const network = networkOf(source);
  return isIPv4(network) ? `${network.slice(0, network.lastIndexOf("."))}.0/24` : network;
}

function splitGroups(text: string): string[] {
  return text === "" ? [] : text.split(":");
}
