import { availableParallelism, cpus, loadavg } from "node:os";
import { type Databases, openDatabases } from "./databases";
import { startLoad } from "./load/load";
import { type Options, readOptions } from "./options";
import { mustHaveRecorded, mustIssueTokens } from "./proof";
import { progress, tables } from "./report";
import { type Measured, measure } from "./rounds";
import { startBare } from "./servers/bare";
import type { Contender } from "./servers/contender";
import { startOidcProvider } from "./servers/oidc-provider";
import { startPolymint } from "./servers/polymint";
import { compare, summarise } from "./summary";

/** The server that is compared with the others. */
const subject = "polymint";

/**
 * `make bench`: tokens per second, latency and CPU time per token of each of the five endpoints, of refreshing and of introspection,
 * compared with a bare server and oidc-provider where they have the same. Everything runs on this machine: one process per server,
 * PostgreSQL, and the load.
 */
async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const interrupted = rejectOnInterrupt();
  const opened: { stop(): Promise<void> }[] = [];
  try {
    await Promise.race([run(options, opened), interrupted]);
  } finally {
    for (const one of opened.reverse()) await one.stop();
  }
}

async function run(options: Options, opened: { stop(): Promise<void> }[]): Promise<void> {
  const machine = { cores: availableParallelism(), cpu: cpus()[0]?.model, node: process.version, loadBefore: loadavg()[0] };
  const databases = await openDatabases();
  opened.push({ stop: () => databases.close() });
  const load = startLoad();
  opened.push(load);
  const contenders = await startServers(databases, options, opened);
  await mustIssueTokens(contenders, options.only);
  const report = (one: Measured): void => void process.stderr.write(progress(one));
  const measured = await measure(contenders, options, { load, databasePid: databases.pid, report });
  const tallies = await mustHaveRecorded(contenders, measured);
  const [lines, ratios] = [summarise(measured), compare(measured, subject)];
  const printed = options.json
    ? JSON.stringify({ machine, options, ratios, lines, tallies, measured }, null, 2)
    : `\n${machine.cores} cores (${machine.cpu ?? "unknown"}), node ${machine.node}\n\n${tables(lines, ratios, tallies, subject)}`;
  process.stdout.write(`${printed}\n`);
}

async function startServers(databases: Databases, options: Options, opened: { stop(): Promise<void> }[]): Promise<Contender[]> {
  const contenders: Contender[] = [];
  const add = (contender: Contender): void => {
    contenders.push(contender);
    opened.push(contender);
  };
  add(await startPolymint(await databases.make("polymint"), options.profile));
  add(await startBare(await databases.make("bare")));
  add(await startOidcProvider(await databases.make("oidc-provider")));
  return contenders;
}

/** Rejects when a signal ends the run, so that the servers are stopped first. */
function rejectOnInterrupt(): Promise<never> {
  return new Promise((_resolve, reject) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => reject(new Error(`interrupted by ${signal}`)));
  });
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
