/**
 * Measures how many bytes a server allocates per request, and prints them as JSON: npx tsx test/load/allocations/measure.ts COMMAND
 * [--require FLAW] [--flows A,B]. The server is a process of its own, so that only its allocations count. So is this program: a
 * server that a test starts records its exchanges, which would count too.
 */
import { parseArgs } from "node:util";
import { Client } from "undici";
import { openDatabase } from "../../../src/store/database";
import { makeTestDatabase } from "../../../src/testkit/test-database";
import { databaseUrlOf } from "../../harness/installed-server";
import type { RequestPlan } from "../bench/load/request-plan";
import { flagsForCounting, openAllocationCounter, type AllocationCounter } from "../bench/profile/allocations";
import type { ModuleShare } from "../bench/profile/by-module";
import { runProgram, type Stoppable } from "../bench/program";
import { freePort, startPolymint } from "../bench/servers/polymint";
import { type Allocations, type Flow, flows } from "./flows";

const usage = "npx tsx test/load/allocations/measure.ts COMMAND [--require FILE] [--flows A,B]";

/** Requests until caches are full and most code has run. */
const warmUpRequests = 100;
/**
 * The figure is the lower quartile of so many batches. What happens once a second, such as looking up a client again, is in some of
 * them only, and in most of them on a very busy machine.
 */
const batches = 11;
const batchRequests = 20;
/** Sent before each batch: they take what the end of the batch before leaves to do, which is 60 KB. */
const betweenRequests = 5;
/** Bytes between two samples: some 400 samples per request. */
const sampleBytes = 256;

/**
 * Without optimized code. When V8 has optimized a function depends on the time, because another thread does it, and decides which
 * objects are not allocated at all. So a figure of optimized code is steady only after ten thousand requests, and not on a busy
 * machine.
 */
const withoutOptimizing = ["--no-opt", "--no-maglev"];

/** Samples at even distances, so that chance has no part in the sum. */
const evenSamples = "--sampling-heap-profiler-suppress-randomness";

interface MeasureOptions {
  command: string;
  flows: readonly Flow[];
  /** Loaded before the server. */
  required: string | undefined;
}

function readMeasureOptions(args: readonly string[]): MeasureOptions | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { require: { type: "string" }, flows: { type: "string", default: flows.join(",") } },
  });
  const [command] = positionals;
  if (command === undefined) return undefined;
  const asked = values.flows.split(",");
  return { command, required: values.require, flows: flows.filter((flow) => asked.includes(flow)) };
}

async function measure(options: MeasureOptions, opened: Stoppable[]): Promise<string> {
  const own = await makeTestDatabase(process.env.DATABASE_URL);
  opened.push({ stop: () => own.drop() });
  const patience = { connectTimeoutMs: 10_000, statementTimeoutMs: 10_000 };
  const database = openDatabase({ connection: own.connection, poolMax: 4, ...patience });
  opened.push({ stop: () => database.close() });

  const inspectorPort = await freePort();
  const flaw = options.required === undefined ? [] : ["--require", options.required];
  const flags = [...flagsForCounting(inspectorPort), ...withoutOptimizing, evenSamples, ...flaw];
  const server = await startPolymint({ database, url: databaseUrlOf(own) }, { flags, command: options.command });
  opened.push(server);
  const counter = await openAllocationCounter(inspectorPort);
  opened.push({ stop: () => Promise.resolve(counter.close()) });

  const measured: Allocations[] = [];
  for (const flow of options.flows) {
    const plan = await server.targets[flow]?.aim(1, warmUpRequests + batches * (betweenRequests + batchRequests));
    if (plan !== undefined) measured.push(await measureFlow(flow, plan, counter));
  }
  return JSON.stringify(measured);
}

/** One request after the other, since those that are recorded together share a statement. */
async function measureFlow(flow: Flow, plan: RequestPlan, counter: AllocationCounter): Promise<Allocations> {
  const client = new Client(new URL(plan.url).origin);
  let sent = 0;
  const sendSome = async (count: number): Promise<void> => {
    for (const end = sent + count; sent < end; sent += 1) await send(client, plan, sent);
  };
  await sendSome(warmUpRequests);
  const measured: Allocations[] = [];
  while (measured.length < batches) {
    await sendSome(betweenRequests);
    await counter.start(sampleBytes);
    await sendSome(batchRequests);
    measured.push(summarize(flow, await counter.stop()));
  }
  await client.close();
  return lowerQuartileOf(measured);
}

/** Bytes per request. */
function summarize(flow: Flow, modules: readonly ModuleShare[]): Allocations {
  const perRequest = (amount: number): number => Math.round(amount / batchRequests);
  return {
    flow,
    bytes: perRequest(modules.reduce((sum, { amount }) => sum + amount, 0)),
    modules: modules.slice(0, 8).map(({ module, amount, functions }) => ({
      module,
      amount: perRequest(amount),
      functions: functions.slice(0, 3).map(([name, bytes]) => [name, perRequest(bytes)] as const),
    })),
  };
}

function lowerQuartileOf(measured: readonly Allocations[]): Allocations {
  const found = [...measured].sort((a, b) => a.bytes - b.bytes)[Math.floor(measured.length / 4)];
  if (found === undefined) throw new Error("nothing was measured");
  return found;
}

/** @throws Error if the server refuses the request */
async function send(client: Client, { url, headers, body, bodies }: RequestPlan, at: number): Promise<void> {
  const { pathname, search } = new URL(url);
  const sent = bodies?.[at % bodies.length] ?? body ?? null;
  const response = await client.request({ path: `${pathname}${search}`, method: "POST", headers, body: sent });
  const text = await response.body.text();
  if (response.statusCode !== 200) throw new Error(`${url} answered ${response.statusCode}: ${text}`);
}

runProgram(usage, readMeasureOptions, measure);
