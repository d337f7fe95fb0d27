/** For `make failover`: what a failover of the database costs the callers of two servers. */
import { parseArgs } from "node:util";
import { installServer } from "../../harness/installed-server";
import { startCluster, type SynchronousMode, synchronousModes } from "./cluster";
import { type FaultName, faultNames } from "./faults";
import { startFront } from "./front";
import { makeNetwork, memberNames, type Network } from "./network";
import { keepLogs, makeRunFolder, removeLeftovers, removeRunFolder, signalPrograms } from "./programs";
import { type Figures, isCaught, isHarmless, renderTable } from "./report";
import { runRounds, type Stand } from "./rounds";
import { type Servers, startServers } from "./servers";
import { findTools, type Tools } from "./tools";

const usage = `make failover, or: npx tsx test/load/failover/run.ts [options]
  --only A,B        faults to cause: ${faultNames.join(", ")}
  --rounds N        rounds of each; default 10
  --short           two rounds of each
  --multi-host      a URL with three hosts in place of HAProxy
  --synchronous M   Patroni's synchronous_mode: on, quorum (default), or off, which loses tokens
  --control         a cluster that must lose tokens; exits with 1 unless they are found to be missing, here and by the servers
  --patroni VERSION another version than the pinned one
  --grace SECONDS   REFRESH_GRACE_SECONDS of the servers
  --logs FOLDER     keep the logs of etcd, Patroni, PostgreSQL, HAProxy and the servers
  --json            print the figures as JSON
It starts etcd, three PostgreSQL under Patroni, HAProxy and two servers on this machine, ends by itself, and exits with 1 unless every fault
cost time only.`;

interface Options {
  faults: readonly FaultName[];
  rounds: number;
  multiHost: boolean;
  synchronous: SynchronousMode;
  grace: string | undefined;
  logs: string | undefined;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      ...{ only: { type: "string" }, rounds: { type: "string" }, short: { type: "boolean", default: false } },
      ...{ "multi-host": { type: "boolean", default: false }, synchronous: { type: "string", default: "quorum" } },
      ...{
        control: { type: "boolean", default: false },
        patroni: { type: "string" },
        grace: { type: "string" },
        logs: { type: "string" },
        json: { type: "boolean", default: false },
      },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return void process.stdout.write(`${usage}\n`);
  const { control, grace, logs } = values;
  // A primary that is cut off and still reached by its clients gives them tokens that nobody else has.
  const only = control ? ["partition"] : (values.only?.split(",") ?? faultNames);
  const unknown = only.filter((name) => !(faultNames as readonly string[]).includes(name));
  const rounds = control ? 1 : Number(values.rounds ?? (values.short ? 2 : 10));
  const synchronous = control ? "off" : synchronousModes.find((mode) => mode === values.synchronous);
  if (synchronous === undefined || unknown.length > 0 || !Number.isInteger(rounds) || rounds < 1) throw new Error(usage);
  const tools = findTools(values.patroni);
  if (typeof tools === "string") return void process.stdout.write(`Skipped: make failover ${tools}.\n`);
  const multiHost = values["multi-host"];
  const options = { faults: only as FaultName[], rounds, multiHost, synchronous, grace, logs };
  const all = await withStand(tools, options, (stand) => runFaults(stand, options));
  process.stdout.write(`${values.json ? JSON.stringify(all, null, 2) : `\n${renderTable(all)}`}\n`);
  process.exitCode = all.length > 0 && all.every(control ? isCaught : isHarmless) ? 0 : 1;
}

async function runFaults(stand: Stand, { faults, rounds }: Options): Promise<Figures[]> {
  const all: Figures[] = [];
  for (const name of faults) {
    if (name === "partition" && !stand.network.canCut) {
      process.stderr.write("partition: not tried, since this user may make no network namespaces\n");
      continue;
    }
    process.stderr.write(`${name} …\n`);
    all.push(await runRounds(name, rounds, stand));
  }
  return all;
}

/** Starts everything, and ends it in any case, also after Ctrl-C. */
async function withStand<T>(tools: Tools, options: Options, work: (stand: Stand) => Promise<T>): Promise<T> {
  await removeLeftovers();
  const folder = makeRunFolder();
  const network = makeNetwork();
  const installed = installServer();
  let servers: Servers | undefined;
  let removing: Promise<void> | undefined;
  const remove = (): Promise<void> =>
    (removing ??= (async () => {
      await signalPrograms(installed.folder, "SIGKILL");
      await installed.remove();
      servers?.writeLogs(folder);
      if (options.logs !== undefined) keepLogs(folder, options.logs);
      await removeRunFolder(folder);
      network.remove();
    })());
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => void remove().finally(() => process.exit(130)));
  try {
    const { synchronous, multiHost, grace } = options;
    process.stderr.write("starting etcd, three PostgreSQL and two servers …\n");
    const cluster = await startCluster({ folder, tools, network, synchronous });
    const hosts = multiHost ? listHosts(network) : await startFront(folder, tools, network);
    const databaseUrl = `postgres://polymint@${hosts}/polymint${multiHost ? "?target_session_attrs=read-write" : ""}`;
    servers = await startServers(installed, cluster, databaseUrl, grace);
    return await work({ cluster, network, servers });
  } finally {
    await remove();
  }
}

function listHosts(network: Network): string {
  return memberNames.map((name) => `${network.addressOf(name)}:5432`).join(",");
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
