/** `make profile`: where the CPU time of one endpoint goes, by module, or what it allocates. */
import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readCpuMicros, readMainThreadMicros } from "./cpu-time";
import { type BenchDatabase, openDatabases } from "./databases";
import { type Load, startLoad } from "./load/load";
import { type LoadSample, mustBeClean } from "./load/request-plan";
import { readEndpoint, readNumber } from "./options";
import { flagsForCounting, openAllocationCounter } from "./profile/allocations";
import { type ModuleShare, renderShares } from "./profile/by-module";
import { type CpuProfile, sumSelfTime } from "./profile/self-time";
import { runProgram, type Stoppable } from "./program";
import { table } from "./report";
import { type BenchPolymint, flagsForProfile, freePort, startPolymint } from "./servers/polymint";

const usage = `make profile ARGS="[options]", or: npx tsx test/load/bench/profile.ts [options]     (after make build)
  --only ENDPOINT    the endpoint to profile (abbeycross)
  --allocations      bytes allocated on the JavaScript heap in place of CPU time
  --connections N    (64)
  --seconds N        length of the profile (5)
  --warm-up N        seconds of load before it (3)
  --top N            rows to print (30)
  --folder FOLDER    where to keep the .cpuprofile, for Chrome's developer tools (a new temporary one)`;

/** Requests a second that no server reaches. */
const mostPerSecond = 12_000;
/** Between two samples of allocations: exact enough for rows of a table, and 5 % slower. */
const sampleBytes = 16_384;

interface ProfileOptions {
  endpoint: string;
  allocations: boolean;
  connections: number;
  seconds: number;
  warmUpSeconds: number;
  top: number;
  folder: string;
}

/** Totals of the measured seconds, in microseconds. */
interface Measured {
  answers: number;
  /** Of the process with all its threads. */
  cpu: number;
  /** Of the thread that runs JavaScript, if the system tells. */
  mainThread: number | undefined;
  from: number;
  to: number;
}

async function readProfileOptions(args: readonly string[]): Promise<ProfileOptions | undefined> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string", default: "abbeycross" },
      allocations: { type: "boolean", default: false },
      connections: { type: "string", default: "64" },
      seconds: { type: "string", default: "5" },
      "warm-up": { type: "string", default: "3" },
      top: { type: "string", default: "30" },
      folder: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  return {
    endpoint: readEndpoint(values.only),
    allocations: values.allocations,
    connections: readNumber(values.connections),
    seconds: readNumber(values.seconds),
    warmUpSeconds: readNumber(values["warm-up"]),
    top: readNumber(values.top),
    folder: values.folder ?? (await mkdtemp(join(tmpdir(), "polymint-profile-"))),
  };
}

async function profile(options: ProfileOptions, opened: Stoppable[]): Promise<string> {
  const databases = await openDatabases();
  opened.push({ stop: () => databases.close() });
  const load = startLoad();
  opened.push(load);
  const database = await databases.make("profile");
  return options.allocations ? profileAllocations(options, database, load) : profileTime(options, database, load);
}

async function profileTime(options: ProfileOptions, database: BenchDatabase, load: Load): Promise<string> {
  const before = new Set(await listProfiles(options.folder));
  const server = await startPolymint(database, { flags: flagsForProfile(options.folder) });
  const measured = await measureServer(server, load, options).finally(() => server.stop());
  const written = (await listProfiles(options.folder)).filter((path) => !before.has(path));
  const modules = await Promise.all(
    written.map(async (path) => sumSelfTime(JSON.parse(await readFile(path, "utf8")) as CpuProfile, measured)),
  );
  return renderTime(modules.flat(), measured, options);
}

async function profileAllocations(options: ProfileOptions, database: BenchDatabase, load: Load): Promise<string> {
  const port = await freePort();
  const server = await startPolymint(database, { flags: flagsForCounting(port) });
  try {
    const counter = await openAllocationCounter(port);
    const fire = await warmUp(server, load, options);
    await counter.start(sampleBytes);
    const { answers } = await fire();
    const modules = await counter.stop();
    counter.close();
    const bytes = modules.reduce((sum, { amount }) => sum + amount, 0);
    const perToken = (amount: number): string => (amount / answers).toFixed(0);
    const rows = [...renderShares(modules, options.top, perToken), ["all", "", perToken(bytes)]];
    return `\n${table(`Bytes allocated per token of ${describe(options, answers)}`, ["module", "mostly", "bytes"], rows)}`;
  } finally {
    await server.stop();
  }
}

/** Sends the warm-up. @returns what sends the load to measure, which is prepared */
async function warmUp(
  { targets }: BenchPolymint,
  load: Load,
  { endpoint, connections, seconds, warmUpSeconds }: ProfileOptions,
): Promise<() => Promise<LoadSample>> {
  const target = targets[endpoint];
  if (target === undefined) throw new Error(`the server has no endpoint ${endpoint}`);
  const prepare = async (length: number) => {
    const job = { ...(await target.aim(connections, mostPerSecond * length)), connections, seconds: length };
    return async (): Promise<LoadSample> => {
      const sample = await load.fire(job);
      mustBeClean(sample, endpoint);
      return sample;
    };
  };
  await (
    await prepare(warmUpSeconds)
  )();
  return prepare(seconds);
}

async function measureServer(server: BenchPolymint, load: Load, options: ProfileOptions): Promise<Measured> {
  const { pid } = server;
  const fire = await warmUp(server, load, options);
  const [cpu, mainThread, from] = [await readCpuMicros(pid), await readMainThreadMicros(pid), monotonicMicros()];
  const { answers } = await fire();
  const [cpuAfter, mainAfter, to] = [await readCpuMicros(pid), await readMainThreadMicros(pid), monotonicMicros()];
  return {
    answers,
    cpu: cpuAfter - cpu,
    mainThread: mainThread === undefined || mainAfter === undefined ? undefined : mainAfter - mainThread,
    from,
    to,
  };
}

/** The clock of V8's profiles. */
function monotonicMicros(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

async function listProfiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.endsWith(".cpuprofile")).map((name) => join(folder, name));
}

/**
 * The profiler counts the time that passes, also while the thread waits for a processor. So its times are scaled to the CPU time that
 * the system counted for the thread.
 */
function renderTime(modules: readonly ModuleShare[], { answers, cpu, mainThread = cpu }: Measured, options: ProfileOptions): string {
  const sampled = modules.reduce((sum, { amount }) => sum + amount, 0);
  if (sampled === 0) throw new Error(`the profile in ${options.folder} has no sample of the measured seconds`);
  const perToken = (micros: number): string => ((micros * mainThread) / sampled / answers).toFixed(1);
  const rows = [
    ...renderShares(modules, options.top, perToken),
    ["other threads", "signatures in the thread pool, garbage collection", ((cpu - mainThread) / answers).toFixed(1)],
    ["all", "", (cpu / answers).toFixed(1)],
  ];
  const title = `CPU time per token of ${describe(options, answers)}`;
  return `\n${table(title, ["module", "mostly", "µs"], rows)}\nprofile: ${options.folder}\n`;
}

function describe({ endpoint, connections }: ProfileOptions, answers: number): string {
  return `${endpoint}, ${connections} connections, ${answers} tokens, node ${process.version}`;
}

runProgram(usage, readProfileOptions, profile);
