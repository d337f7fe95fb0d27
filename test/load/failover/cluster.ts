/** Three PostgreSQL under Patroni, and the etcd that they agree through. */
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync, chmodSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { until } from "../../harness/installed-server";
import { makePatroniSettings } from "./cluster-settings";
import { type MemberName, memberNames, type Network } from "./network";
import { signalPrograms, startProgram } from "./programs";
import type { Tools } from "./tools";

/** A member, as Patroni's REST interface describes it. */
interface Member {
  name: MemberName;
  role: string;
  state: string;
  lag?: number | string;
}

export interface Cluster {
  /** @returns the name of the primary, once there is one that all members agree on, and both others stream from it */
  waitUntilHealthy(): Promise<MemberName>;
  /** Starts the programs of a machine: those of etcd, or Patroni, which starts PostgreSQL. */
  start(host: MemberName | "etcd"): void;
  /** Sends a signal to all programs of a machine. */
  signal(host: MemberName | "etcd", signal: NodeJS.Signals): Promise<void>;
  /** Has the primary hand over to a standby, as an operator does. */
  switchOver(): Promise<void>;
  /** Runs a statement on the primary, past whatever stands in front. */
  runOnPrimary<Row extends object>(sql: string, values?: readonly unknown[], database?: string): Promise<Row[]>;
}

/**
 * What a commit waits for: the one synchronous standby, any of the standbys, or nothing, so that a failover loses tokens. They are
 * Patroni's `synchronous_mode`.
 */
export const synchronousModes = ["on", "quorum", "off"] as const;
export type SynchronousMode = (typeof synchronousModes)[number];

export interface ClusterPlan {
  folder: string;
  tools: Tools;
  network: Network;
  synchronous: SynchronousMode;
}

const scope = "polymint";
/** The time that three new members take on a busy machine; a member that must be rewound takes a fraction of it. */
const healthyWithinMs = 90_000;
/** A member that is frozen or cut off does not answer at all. */
const restTimeoutMs = 3_000;

/** Starts etcd and the members. Resolves when they are healthy. */
export async function startCluster(plan: ClusterPlan): Promise<Cluster> {
  const { folder, tools, network } = plan;
  const folderOf = (host: string): string => join(folder, host);
  for (const host of ["etcd", ...memberNames]) {
    mkdirSync(folderOf(host));
    // Programs of another user write here.
    chmodSync(folderOf(host), 0o777);
  }
  for (const name of memberNames) writeFileSync(settingsFile(name), JSON.stringify(makePatroniSettings(name, folderOf(name), plan)));

  function settingsFile(name: MemberName): string {
    return join(folderOf(name), "patroni.yml");
  }

  const commandOf = (host: MemberName | "etcd"): string[] =>
    host === "etcd"
      ? [tools.etcd, ...makeEtcdFlags(network.addressOf("etcd"), join(folderOf("etcd"), "data"))]
      : [...tools.asPostgres, tools.patroni, settingsFile(host)];

  const cluster: Cluster = {
    start: (host) => void startProgram([...network.on(host), ...commandOf(host)], folderOf(host)),
    signal: (host, signal) => signalPrograms(folderOf(host), signal),
    waitUntilHealthy: () => waitUntilHealthy(plan),
    switchOver: () => runPatronictl([tools.patronictl, "-c", settingsFile("node1"), "switchover", scope, "--force"], folder),
    runOnPrimary: async <Row extends object>(sql: string, values: readonly unknown[] = [], database = "polymint") => {
      // A cluster that broke has a primary nevertheless, and its ledger says what was lost.
      const primary = await waitUntilHealthy(plan).catch(() => findPrimary(plan));
      const client = new Client({ host: network.addressOf(primary), port: 5432, user: "postgres", database });
      await client.connect();
      try {
        return (await client.query<Row>(sql, [...values])).rows;
      } finally {
        await client.end();
      }
    },
  };
  for (const host of ["etcd", ...memberNames] as const) cluster.start(host);
  await cluster.waitUntilHealthy();
  return cluster;
}

function makeEtcdFlags(address: string, data: string): string[] {
  const clients = `http://${address}:2379`;
  const peers = `http://${address}:2380`;
  return [
    ...["--name", "etcd", "--data-dir", data, "--log-level", "warn"],
    ...["--listen-client-urls", clients, "--advertise-client-urls", clients],
    ...["--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers, "--initial-cluster", `etcd=${peers}`],
  ];
}

async function waitUntilHealthy(plan: ClusterPlan): Promise<MemberName> {
  const began = performance.now();
  let seen: readonly Member[] = [];
  while (performance.now() - began < healthyWithinMs) {
    const views = await Promise.all(memberNames.map((name) => readMembers(plan.network.addressOf(name))));
    seen = views.find(({ length }) => length > 0) ?? [];
    const leaders = new Set(views.map((view) => (isHealthy(view, plan) ? view.find(isLeader)?.name : undefined)));
    const [leader] = leaders;
    if (leaders.size === 1 && leader !== undefined) return leader;
    await sleep(200);
  }
  throw new Error(`the cluster was not healthy within ${healthyWithinMs / 1000} s: ${JSON.stringify(seen)}`);
}

/** @returns the primary by the view of most members @throws Error if none of them knows one */
async function findPrimary({ network }: ClusterPlan): Promise<MemberName> {
  const views = await Promise.all(memberNames.map((name) => readMembers(network.addressOf(name))));
  const named = views.flatMap((view) => view.find(isLeader)?.name ?? []);
  const votes = (name: MemberName): number => named.filter((each) => each === name).length;
  const [most] = [...named].sort((one, other) => votes(other) - votes(one));
  if (most === undefined) throw new Error("no member knows a primary");
  return most;
}

const isLeader = ({ role }: Member): boolean => role === "leader";

function isHealthy(members: readonly Member[], { synchronous, tools }: ClusterPlan): boolean {
  const standbys = members.filter((member) => !isLeader(member));
  return (
    members.filter((member) => isLeader(member) && member.state === "running").length === 1 &&
    standbys.length === memberNames.length - 1 &&
    standbys.every(({ state }) => state === tools.standbyState) &&
    roles[synchronous](standbys.map(({ role }) => role))
  );
}

/** Whether the standbys have the roles that they need, so that one of them may take over. */
const roles: Readonly<Record<SynchronousMode, (standbys: readonly string[]) => boolean>> = {
  on: (standbys) => standbys.includes("sync_standby"),
  quorum: (standbys) => standbys.every((role) => role === "quorum_standby"),
  off: () => true,
};

/** @returns nothing if the member does not answer */
async function readMembers(address: string): Promise<readonly Member[]> {
  try {
    const answer = await fetch(`http://${address}:8008/cluster`, { signal: AbortSignal.timeout(restTimeoutMs) });
    return ((await answer.json()) as { members?: readonly Member[] }).members ?? [];
  } catch {
    return [];
  }
}

async function runPatronictl([command = "", ...args]: readonly string[], folder: string): Promise<void> {
  const child = spawn(command, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text: Buffer) => (output += text.toString()));
  let code: number | null | undefined;
  child.once("close", (status) => (code = status)).once("error", () => (code = null));
  await until("patronictl ends", () => code !== undefined, 60_000).finally(() => child.kill("SIGKILL"));
  if (code !== 0) throw new Error(`patronictl ${args.join(" ")} failed:\n${output}`);
}
