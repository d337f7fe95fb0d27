import { subnetOf, networkOf } from "../../src/limits/subnet";

describe("the network of an address", () => {
  it.each([
    ["192.0.2.7", "192.0.2.7", "192.0.2.0/24"],
    ["::ffff:192.0.2.7", "192.0.2.7", "192.0.2.0/24"],
    // The same address, as a proxy may write it, and as NAT64 does (RFC 6052).
    ["::ffff:c000:207", "192.0.2.7", "192.0.2.0/24"],
    ["0:0:0:0:0:ffff:c000:0207", "192.0.2.7", "192.0.2.0/24"],
    ["64:ff9b::c000:207", "192.0.2.7", "192.0.2.0/24"],
    ["64:ff9b::192.0.2.7", "192.0.2.7", "192.0.2.0/24"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1:2::/64"],
    ["2001:DB8:1:2::9", "2001:db8:1:2::/64", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64", "0:0:0:0::/64"],
  ])("is for %s the network %s and the subnet %s", (address, network, subnet) => {
    expect([networkOf(address), subnetOf(address)]).toEqual([network, subnet]);
  });
});
