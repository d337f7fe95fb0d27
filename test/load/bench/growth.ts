/** `make bench-growth`: whether a token and an introspection cost the same in a large database as in a small one. */
import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";
import type { Database } from "../../../src/store/database";
import { type Databases, openDatabases } from "./databases";
import { listClientSearches, listLedgerSearches, type TimedCommand, timeCommands } from "./growth/commands";
import { fill, type Size } from "./growth/fill";
import { measureIndexCost } from "./growth/index-cost";
import { measurePurges } from "./growth/purge";
import { renderCommands, renderIndexCost, renderPurges, renderSeries, type Series } from "./growth/tables";
import { type Load, startLoad } from "./load/load";
import { readNumber } from "./options";
import { runProgram, type Stoppable } from "./program";
import { progress } from "./report";
import { measure, type Measured, type RoundOptions } from "./rounds";
import type { Contender } from "./servers/contender";
import { startPolymint } from "./servers/polymint";
import { abbeycross } from "./servers/polymint-targets";
import { basic, makeIntrospectionTarget } from "./servers/targets";
import { compare, type Ratio, summarise } from "./summary";

const usage = `make bench-growth ARGS="[options]", or: npx tsx test/load/bench/growth.ts [options]     (after make build)
  --rows A,B         tokens in the ledger (1000,10000,100000,1000000,10000000)
  --clients A,B      registered clients (10,1000,100000)
  --assertions N     used assertions to purge, four times (1000000)
  --minutes N        give up after so many (30)
  --callers N        clients that send the requests, in turn (10)
  --connections N    (64)
  --rounds N         measurements of each size and endpoint (3)
  --seconds N        length of each (3)
  --warm-up N        seconds of load before the first one (2)
  --json             print everything measured as JSON
In a minute: ARGS="--rows 1000,100000 --clients 10,10000 --assertions 100000 --rounds 2 --seconds 2"`;

interface GrowthOptions extends RoundOptions {
  rows: readonly number[];
  clients: readonly number[];
  assertions: number;
  minutes: number;
  callers: number;
  json: boolean;
}

function readGrowthOptions(args: readonly string[]): GrowthOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rows: { type: "string", default: "1000,10000,100000,1000000,10000000" },
      clients: { type: "string", default: "10,1000,100000" },
      assertions: { type: "string", default: "1000000" },
      minutes: { type: "string", default: "30" },
      callers: { type: "string", default: "10" },
      connections: { type: "string", default: "64" },
      rounds: { type: "string", default: "3" },
      seconds: { type: "string", default: "3" },
      "warm-up": { type: "string", default: "2" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  return {
    rows: values.rows.split(",").map(readNumber),
    clients: values.clients.split(",").map(readNumber),
    assertions: readNumber(values.assertions),
    minutes: readNumber(values.minutes),
    callers: readNumber(values.callers),
    connections: [readNumber(values.connections)],
    rounds: readNumber(values.rounds),
    seconds: readNumber(values.seconds),
    warmUpSeconds: readNumber(values["warm-up"]),
    only: ["abbeycross", "introspection"],
    json: values.json,
  };
}

async function measureGrowth(options: GrowthOptions, opened: Stoppable[]): Promise<string> {
  const late = setTimeout(() => process.kill(process.pid, "SIGTERM"), options.minutes * 60_000);
  const began = performance.now();
  const databases = await openDatabases();
  opened.push({ stop: () => databases.close() });
  const load = startLoad();
  opened.push(load);
  const surroundings = { options, databases, load, opened };
  const [fewestRows = 1, fewestClients = 1] = [options.rows[0], options.clients[0]];
  const [rows, ledger] = await measureSeries("rows", options.rows, (ledgerRows) => ({ ledgerRows, clients: fewestClients }), surroundings);
  const [clients, registry] = await measureSeries(
    "clients",
    options.clients,
    (count) => ({ ledgerRows: fewestRows, clients: count }),
    surroundings,
  );
  const commands = [...(await ledger.time(listLedgerSearches)), ...(await registry.time(listClientSearches))];
  const index = await measureIndexCost(ledger.database, databases.pid);
  const purges = await measurePurges(databases, options.assertions, opened);
  clearTimeout(late);
  const seconds = Math.round((performance.now() - began) / 1000);
  if (options.json) return JSON.stringify({ options, series: [rows, clients], commands, index, purges, seconds }, null, 2);
  const machine = `${availableParallelism()} cores, node ${process.version}, load ${loadavg()[0]?.toFixed(1)}, ${seconds} s in all`;
  const tables = [...[rows, clients].map(renderSeries), renderCommands(commands), renderIndexCost(index), renderPurges(purges)];
  return [`\n${machine}\n`, ...tables].join("\n");
}

interface Surroundings {
  options: GrowthOptions;
  databases: Databases;
  load: Load;
  opened: Stoppable[];
}

interface MeasuredSeries extends Series {
  measured: readonly Measured[];
}

/** The largest of the databases of a series, whose servers have ended. */
interface Largest {
  database: Database;
  time(searches: typeof listLedgerSearches): Promise<TimedCommand[]>;
}

/** One server for each size, so that the sizes are measured in turns. */
async function measureSeries(
  of: string,
  counts: readonly number[],
  sizeOf: (count: number) => Size,
  { options, databases, load, opened }: Surroundings,
): Promise<[MeasuredSeries, Largest]> {
  const servers: Contender[] = [];
  let largest: Largest | undefined;
  for (const count of counts) {
    const began = performance.now();
    const { database, url } = await databases.make(`${of}-${count}`);
    const server = await startPolymint({ database, url });
    opened.push(server);
    await fill(database, sizeOf(count));
    process.stderr.write(`filled: ${nameSize(count, of)} in ${((performance.now() - began) / 1000).toFixed(1)} s\n`);
    servers.push({ ...server, name: nameSize(count, of), targets: await makeTargets(server, options.callers) });
    largest = { database, time: (searches) => timeCommands(database, searches, server.settings) };
  }
  const report = (one: Measured): void => void process.stderr.write(progress(one));
  const measured = await measure(servers, options, { load, databasePid: databases.pid, report });
  for (const server of servers) await server.stop();
  if (largest === undefined) throw new Error("There is no size to measure.");
  return [{ of, measured, lines: summarise(measured), ratios: relateToFirst(measured, servers) }, largest];
}

const nameSize = (count: number, of: string): string => `${count.toLocaleString("en")} ${of}`;

/** Several clients send the requests, since all requests of one client share a look-up. */
async function makeTargets({ url, register }: Awaited<ReturnType<typeof startPolymint>>, callers: number): Promise<Contender["targets"]> {
  const bodies: string[] = [];
  for (let caller = 1; caller <= callers; caller += 1) {
    const { client, secret } = await register({ id: `caller-${caller}`, contracts: ["abbeycross"], scopes: ["accounts", "payments"] });
    bodies.push(JSON.stringify({ client_id: client.id, client_secret: secret?.value }));
  }
  const plan = await abbeycross(url, { clientId: "", secret: "" }).aim(1, 1);
  const issuing = { aim: () => Promise.resolve({ ...plan, bodies, bodiesRepeat: true }) };
  const { client, secret } = await register({ contracts: ["screening-eagle"], scopes: ["inspect"], services: ["introspection"] });
  return {
    abbeycross: issuing,
    introspection: makeIntrospectionTarget(url, basic(client.id, secret?.value ?? ""), issuing),
  };
}

function relateToFirst(measured: readonly Measured[], [first, ...others]: readonly Contender[]): (Ratio & { size: string })[] {
  return others.flatMap(({ name: size }) =>
    compare(
      measured.filter(({ server }) => server === first?.name || server === size),
      size,
      ["rate", "cpu", "database"],
    ).map((ratio) => ({ ...ratio, size })),
  );
}

runProgram(usage, readGrowthOptions, measureGrowth);
