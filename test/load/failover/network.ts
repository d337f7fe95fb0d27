/** The network between etcd and the members: one address each, and namespaces where this user may make them. */
import { spawnSync } from "node:child_process";

export const memberNames = ["node1", "node2", "node3"] as const;
export type MemberName = (typeof memberNames)[number];
/** A machine of the cluster. `clients` is where this process, HAProxy and the Polymint servers are. */
export type Host = "clients" | "etcd" | MemberName;

const numbers: Readonly<Record<Host, number>> = { clients: 1, etcd: 10, node1: 11, node2: 12, node3: 13 };
const bridge = "polymint-fo";
/** Of the network that is reserved for measurements (RFC 2544), so that it is nobody's. */
const measured = "198.18.77";
const loopback = "127.77.0";
/** No machine has this hardware address: what is sent to it vanishes, as on a broken line. */
const nowhere = "02:00:00:00:00:fe";

export interface Network {
  addressOf(host: Host): string;
  /** What must stand before a command, so that it runs on that machine. */
  on(host: Host): readonly string[];
  /** Whether machines can be separated. */
  canCut: boolean;
  /** Lets whatever a machine sends to the others vanish, without an error on either side. */
  cut(host: Host, others: readonly Host[]): void;
  /** Undoes all cuts. */
  heal(): void;
  remove(): void;
}

/** Makes namespaces on a bridge, which takes root and the program `ip`; else uses loopback addresses, which nothing separates. */
export function makeNetwork(): Network {
  if (process.getuid?.() !== 0 || spawnSync("ip", ["netns", "list"]).status !== 0) return makeLoopback();
  const hosts = Object.keys(numbers).filter((host): host is Host => host !== "clients");
  const remove = (): void => {
    for (const host of hosts) runIp("netns", "del", nameOf(host));
    runIp("link", "del", bridge);
  };
  remove();
  try {
    mustRunIp("link", "add", bridge, "type", "bridge");
    mustRunIp("addr", "add", `${measured}.${numbers.clients}/24`, "dev", bridge);
    mustRunIp("link", "set", bridge, "up");
    for (const host of hosts) addHost(host);
  } catch {
    remove();
    return makeLoopback();
  }
  const cuts: [host: Host, other: Host][] = [];
  const addressOf = (host: Host): string => `${measured}.${numbers[host]}`;
  return {
    addressOf,
    on: (host) => (host === "clients" ? [] : ["ip", "netns", "exec", nameOf(host)]),
    canCut: true,
    cut: (host, others) => {
      for (const other of others.filter((each) => each !== host)) {
        mustRunIp("-n", nameOf(host), "neigh", "replace", addressOf(other), "lladdr", nowhere, "dev", "eth0", "nud", "permanent");
        cuts.push([host, other]);
      }
    },
    heal: () => {
      for (const [host, other] of cuts.splice(0)) runIp("-n", nameOf(host), "neigh", "del", addressOf(other), "dev", "eth0");
    },
    remove,
  };
}

function makeLoopback(): Network {
  const nothing = (): void => undefined;
  return {
    addressOf: (host) => `${loopback}.${numbers[host]}`,
    on: () => [],
    ...{ canCut: false, cut: nothing, heal: nothing, remove: nothing },
  };
}

function nameOf(host: Host): string {
  return `${bridge}-${host}`;
}

function addHost(host: Host): void {
  const name = nameOf(host);
  const port = `${bridge}${numbers[host]}`;
  mustRunIp("netns", "add", name);
  mustRunIp("link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", name);
  mustRunIp("link", "set", port, "master", bridge, "up");
  mustRunIp("-n", name, "addr", "add", `${measured}.${numbers[host]}/24`, "dev", "eth0");
  for (const device of ["lo", "eth0"]) mustRunIp("-n", name, "link", "set", device, "up");
}

function runIp(...args: readonly string[]): number | null {
  return spawnSync("ip", args).status;
}

function mustRunIp(...args: readonly string[]): void {
  if (runIp(...args) !== 0) throw new Error(`ip ${args.join(" ")} failed`);
}
