/** The faults of a run. Each is caused, lasts and ends; afterwards the cluster must become healthy by itself. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "./cluster";
import { ttlSeconds } from "./cluster-settings";
import { memberNames, type Network } from "./network";

export interface FaultPorts {
  cluster: Cluster;
  network: Network;
  /** Resolves when tokens were given again. */
  waitUntilGood: () => Promise<void>;
}

/** @param round the number of the round, from 0 */
export type Fault = (ports: FaultPorts, round: number) => Promise<void>;

/** Longer than the ttl, so that another member takes the place of a primary that is away. */
const awayMs = (ttlSeconds + 5) * 1000;

export const faults = {
  /** As an operator does before maintenance. */
  switchover: ({ cluster }) => cluster.switchOver(),

  /** The whole machine of the primary, as if its power were cut; it comes back when another one serves. */
  kill: async ({ cluster, waitUntilGood }) => {
    const primary = await cluster.waitUntilHealthy();
    await cluster.signal(primary, "SIGKILL");
    await waitUntilGood();
    cluster.start(primary);
  },

  /** As a virtual machine that is paused. It wakes up, by turns soon and late, and believes that it is still the primary. */
  freeze: async ({ cluster }, round) => {
    const primary = await cluster.waitUntilHealthy();
    await cluster.signal(primary, "SIGSTOP");
    await sleep(awayMs + (round % 2 === 0 ? 10_000 : 0));
    await cluster.signal(primary, "SIGCONT");
  },

  etcd: async ({ cluster }) => {
    await cluster.signal("etcd", "SIGKILL");
    await sleep(awayMs);
    cluster.start("etcd");
  },

  /** The primary is cut off from etcd and the standbys: by turns its clients still reach it, and they do not. */
  partition: async ({ cluster, network }, round) => {
    const primary = await cluster.waitUntilHealthy();
    network.cut(primary, ["etcd", ...memberNames, ...(round % 2 === 0 ? [] : (["clients"] as const))]);
    await sleep(awayMs);
    network.heal();
  },
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;
export const faultNames = Object.keys(faults) as FaultName[];
