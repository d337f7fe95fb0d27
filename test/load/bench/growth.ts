/** `make bench-growth`: whether a token and an introspection cost the same in a large database as in a small one. */
import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";
import type { Database } from "../../../src/store/database";
import { type Databases, openDatabases } from "./databases";
import { measureIndexCost, timeCommands, type WriteCost } from "./growth/commands";
import { fill, type Size } from "./growth/fill";
import { type Load, startLoad } from "./load/load";
import { readNumber } from "./options";
import { runProgram, type Stoppable } from "./program";
import { progress, table } from "./report";
import { measure, type Measured, type RoundOptions } from "./rounds";
import type { Contender } from "./servers/contender";
import { startPolymint } from "./servers/polymint";
import { abbeycross } from "./servers/polymint-targets";
import { basic, makeIntrospectionTarget } from "./servers/targets";
import { compare, type Line, type Ratio, summarise } from "./summary";

const usage = `make bench-growth ARGS="[options]", or: npx tsx test/load/bench/growth.ts [options]     (after make build)
  --rows A,B         tokens in the ledger (1000,10000,100000,1000000,10000000)
  --clients A,B      registered clients (10,1000,100000)
  --callers N        clients that send the requests, in turn (10)
  --connections N    (64)
  --rounds N         measurements of each size and endpoint (3)
  --seconds N        length of each (3)
  --warm-up N        seconds of load before the first one (2)
  --json             print everything measured as JSON
In a minute: ARGS="--rows 1000,100000 --clients 10,10000 --rounds 2 --seconds 2"`;

interface GrowthOptions extends RoundOptions {
  rows: readonly number[];
  clients: readonly number[];
  callers: number;
  json: boolean;
}

function readGrowthOptions(args: readonly string[]): GrowthOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rows: { type: "string", default: "1000,10000,100000,1000000,10000000" },
      clients: { type: "string", default: "10,1000,100000" },
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
    callers: readNumber(values.callers),
    connections: [readNumber(values.connections)],
    rounds: readNumber(values.rounds),
    seconds: readNumber(values.seconds),
    warmUpSeconds: readNumber(values["warm-up"]),
    only: ["abbeycross", "introspection"],
    json: values.json,
  };
}

/** The measurements of databases that differ in one thing. */
interface Series {
  /** What they differ in. */
  of: string;
  measured: readonly Measured[];
  lines: readonly Line[];
  /** Each size in relation to the smallest. */
  ratios: readonly (Ratio & { size: string })[];
  /** What searches in the largest of them take, in milliseconds. */
  commands: Readonly<Record<string, number>>;
  /** What a token costs there with the index on the client, and without. */
  index: Readonly<Record<"with" | "without", WriteCost>>;
}

async function measureGrowth(options: GrowthOptions, opened: Stoppable[]): Promise<string> {
  const databases = await openDatabases();
  opened.push({ stop: () => databases.close() });
  const load = startLoad();
  opened.push(load);
  const surroundings = { options, databases, load, opened };
  const [fewestRows = 1, fewestClients = 1] = [options.rows[0], options.clients[0]];
  const series = [
    await measureSeries("rows", options.rows, (ledgerRows) => ({ ledgerRows, clients: fewestClients }), surroundings),
    await measureSeries("clients", options.clients, (clients) => ({ ledgerRows: fewestRows, clients }), surroundings),
  ];
  if (options.json) return JSON.stringify({ options, series }, null, 2);
  const machine = `${availableParallelism()} cores, node ${process.version}, load ${loadavg()[0]?.toFixed(1)}`;
  return [`\n${machine}\n`, ...series.map(render)].join("\n");
}

interface Surroundings {
  options: GrowthOptions;
  databases: Databases;
  load: Load;
  opened: Stoppable[];
}

/** One server for each size, so that the sizes are measured in turns. */
async function measureSeries(
  of: string,
  counts: readonly number[],
  sizeOf: (count: number) => Size,
  { options, databases, load, opened }: Surroundings,
): Promise<Series> {
  const servers: Contender[] = [];
  const filled: Database[] = [];
  for (const count of counts) {
    process.stderr.write(`filling: ${count} ${of}\n`);
    const database = await databases.make(`${of}-${count}`);
    const server = await startPolymint(database);
    opened.push(server);
    await fill(database.database, sizeOf(count));
    filled.push(database.database);
    servers.push({ ...server, name: nameSize(count, of), targets: await makeTargets(server, options.callers) });
  }
  const report = (one: Measured): void => void process.stderr.write(progress(one));
  const measured = await measure(servers, options, { load, databasePid: databases.pid, report });
  for (const server of servers) await server.stop();
  const largest = filled.at(-1);
  if (largest === undefined) throw new Error("There is no size to measure.");
  const searches = { commands: await timeCommands(largest), index: await measureIndexCost(largest) };
  return { of, measured, lines: summarise(measured), ratios: relateToFirst(measured, servers), ...searches };
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

function render({ of, lines, ratios, commands, index }: Series): string {
  const rows = lines.map(({ endpoint, server, rate, cpu, databaseCpu }) => {
    const ratio = (metric: Ratio["metric"]): string => {
      const found = ratios.find((one) => one.endpoint === endpoint && one.size === server && one.metric === metric);
      return found === undefined ? "1" : `${found.median.toFixed(2)} (${found.min.toFixed(2)}–${found.max.toFixed(2)})`;
    };
    const figures = [rate.median, cpu.median, databaseCpu.median].map((value) => value.toFixed(0));
    return [endpoint, server, figures[0] ?? "", ratio("rate"), figures[1] ?? "", ratio("cpu"), figures[2] ?? "", ratio("database")];
  });
  const heads = ["endpoint", "size", "answers/s", "of the smallest", "CPU µs", "of the smallest", "PostgreSQL µs", "of the smallest"];
  const searches = Object.entries(commands).map(([name, ms]) => [name, ms.toFixed(0)]);
  const costs = Object.entries(index).map(([name, cost]) => [name, cost.walBytes.toFixed(0), cost.microseconds.toFixed(1)]);
  return [
    table(`Cost per answer by ${of}`, heads, rows),
    table(`Searches with the most ${of}`, ["command", "ms"], searches),
    table("A token with and without the index on the client", ["index", "WAL bytes", "PostgreSQL µs"], costs),
  ].join("\n");
}

runProgram(usage, readGrowthOptions, measureGrowth);
