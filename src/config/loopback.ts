import { BlockList, isIP } from "node:net";

/** Addresses of this machine alone (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3), in any spelling, also where IPv6 embeds IPv4. */
const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8);
loopback.addAddress("::1", "ipv6");

/**
 * @param host an address, with brackets or without, or a name
 * @returns whether only programs of this machine reach it. Of names, only `localhost` and those below it do for certain (RFC 6761 §6.3)
 */
export function isLoopback(host: string): boolean {
  const bare = host.toLowerCase().replace(/^\[|\]$/g, "");
  const version = isIP(bare);
  return version === 0 ? /(?:^|\.)localhost\.?$/.test(bare) : loopback.check(bare, version === 4 ? "ipv4" : "ipv6");
}
