import { availableParallelism, cpus, loadavg } from "node:os";
import { type Databases, openDatabases } from "./databases";
import { startLoad } from "./load/load";
import { type Options, readOptions, usage } from "./options";
import { runProgram, type Stoppable } from "./program";
import { mustHaveRecorded, mustIssueTokens } from "./proof";
import { progress, tables } from "./report";
import { type Measured, measure } from "./rounds";
import { startBare } from "./servers/bare";
import type { Contender } from "./servers/contender";
import { startOidcProvider } from "./servers/oidc-provider";
import { flagsForProfile, startPolymint } from "./servers/polymint";
import { compare, summarise } from "./summary";

/** The server that is compared with the others. */
const subject = "polymint";

/**
 * `make bench`: tokens per second, latency and CPU time per token of each token endpoint, of refreshing and of introspection,
 * compared with a bare server and oidc-provider where they have the same. Everything runs on this machine: one process per server,
 * PostgreSQL, and the load.
 */
async function bench(options: Options, opened: Stoppable[]): Promise<string> {
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
  return options.json
    ? JSON.stringify({ machine, options, ratios, lines, tallies, measured }, null, 2)
    : `\n${machine.cores} cores (${machine.cpu ?? "unknown"}), node ${machine.node}\n\n${tables(lines, ratios, tallies, subject)}`;
}

async function startServers(databases: Databases, options: Options, opened: Stoppable[]): Promise<Contender[]> {
  const contenders: Contender[] = [];
  const add = (contender: Contender): void => {
    contenders.push(contender);
    opened.push(contender);
  };
  add(
    await startPolymint(await databases.make("polymint"), options.profile === undefined ? {} : { flags: flagsForProfile(options.profile) }),
  );
  add(await startBare(await databases.make("bare")));
  add(await startOidcProvider(await databases.make("oidc-provider")));
  return contenders;
}

runProgram(usage, readOptions, bench);
