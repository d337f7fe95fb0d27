import { BlockList, isIP, isIPv4 } from "node:net";

/** The addresses of proxies that are trusted to forward callers' addresses and certificates. */
export interface TrustedProxies {
  includes(address: string): boolean;
}

interface Network {
  address: string;
  prefix: number;
  family: "ipv4" | "ipv6";
}

/** Parses an address, or a network in CIDR notation. @returns undefined if it is neither, or includes every address */
export function parseNetwork(entry: string): Network | undefined {
  const [, written = "", bits] = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i.exec(entry) ?? [];
  const address = normalizeAddress(written);
  if (isIP(address) === 0 || (address !== written && bits !== undefined)) return undefined;
  const family = isIPv4(address) ? "ipv4" : "ipv6";
  const longest = family === "ipv4" ? 32 : 128;
  const prefix = bits === undefined ? longest : Number(bits);
  return prefix >= 1 && prefix <= longest ? { address, prefix, family } : undefined;
}

/** @param entries addresses, and networks in CIDR notation @throws Error if an entry is neither */
export function makeTrustedProxies(entries: readonly string[]): TrustedProxies {
  const list = new BlockList();
  for (const entry of entries) {
    const network = parseNetwork(entry);
    if (network === undefined) throw new Error(`${entry} is neither an address nor a network`);
    list.addSubnet(network.address, network.prefix, network.family);
  }
  return { includes: (address) => isIP(address) !== 0 && list.check(address, isIPv4(address) ? "ipv4" : "ipv6") };
}

/** Turns an IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2) into the IPv4 address; any other stays as it is. */
export function normalizeAddress(address: string): string {
  return address.startsWith("::ffff:") && isIPv4(address.slice(7)) ? address.slice(7) : address;
}
