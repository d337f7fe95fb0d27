/** `make profile`: where the CPU time of one endpoint goes, by module. */
import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readCpuMicros, readMainThreadMicros } from "./cpu-time";
import { openDatabases } from "./databases";
import { startLoad } from "./load/load";
import { mustBeClean } from "./load/request-plan";
import { readEndpoint, readNumber } from "./options";
import { type CpuProfile, type ModuleTime, sumSelfTime } from "./profile/self-time";
import { runProgram, type Stoppable } from "./program";
import { table } from "./report";
import { startPolymint } from "./servers/polymint";

const usage = `make profile ARGS="[options]", or: npx tsx test/load/bench/profile.ts [options]     (after make build)
  --only ENDPOINT    the endpoint to profile (abbeycross)
  --connections N    (64)
  --seconds N        length of the profile (5)
  --warm-up N        seconds of load before it (3)
  --top N            rows to print (30)
  --folder FOLDER    where to keep the .cpuprofile, for Chrome's developer tools (a new temporary one)`;

interface ProfileOptions {
  endpoint: string;
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
  const before = new Set(await listProfiles(options.folder));
  const server = await startPolymint(await databases.make("profile"), options.folder);
  const measured = await measureServer(server, load, options).finally(() => server.stop());
  const written = (await listProfiles(options.folder)).filter((path) => !before.has(path));
  const modules = await Promise.all(
    written.map(async (path) => sumSelfTime(JSON.parse(await readFile(path, "utf8")) as CpuProfile, measured)),
  );
  return render(modules.flat(), measured, options);
}

async function measureServer(
  { pid, targets }: Awaited<ReturnType<typeof startPolymint>>,
  load: ReturnType<typeof startLoad>,
  { endpoint, connections, seconds, warmUpSeconds }: ProfileOptions,
): Promise<Measured> {
  const target = targets[endpoint];
  if (target === undefined) throw new Error(`the server has no endpoint ${endpoint}`);
  const perSecond = 12_000;
  const fire = async (length: number) =>
    load.fire({ ...(await target.aim(connections, perSecond * length)), connections, seconds: length });
  mustBeClean(await fire(warmUpSeconds), "the warm-up");
  const plan = await target.aim(connections, perSecond * seconds);
  const [cpu, mainThread, from] = [await readCpuMicros(pid), await readMainThreadMicros(pid), monotonicMicros()];
  const sample = await load.fire({ ...plan, connections, seconds });
  const [cpuAfter, mainAfter, to] = [await readCpuMicros(pid), await readMainThreadMicros(pid), monotonicMicros()];
  mustBeClean(sample, endpoint);
  return {
    answers: sample.answers,
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
function render(modules: readonly ModuleTime[], { answers, cpu, mainThread = cpu }: Measured, options: ProfileOptions): string {
  const sampled = modules.reduce((sum, { micros }) => sum + micros, 0);
  if (sampled === 0) throw new Error(`the profile in ${options.folder} has no sample of the measured seconds`);
  const perToken = (micros: number): string => ((micros * mainThread) / sampled / answers).toFixed(1);
  const row = (module: string, micros: number, mostly: string): string[] => [module, mostly, perToken(micros)];
  const shown = modules.slice(0, options.top);
  const rest = modules.slice(options.top).reduce((sum, { micros }) => sum + micros, 0);
  const rows = [
    ...shown.map(({ module, micros, functions }) => row(module, micros, describeFunctions(functions, perToken))),
    row(`${modules.length - shown.length} other modules`, rest, ""),
    ["other threads", "signatures in the thread pool, garbage collection", ((cpu - mainThread) / answers).toFixed(1)],
    ["all", "", (cpu / answers).toFixed(1)],
  ];
  const title = `CPU time per token of ${options.endpoint}, ${options.connections} connections, ${answers} tokens, node ${process.version}`;
  return `\n${table(title, ["module", "mostly", "µs"], rows)}\nprofile: ${options.folder}\n`;
}

function describeFunctions(functions: ModuleTime["functions"], perToken: (micros: number) => string): string {
  return functions
    .slice(0, 3)
    .map(([name, micros]) => `${name} ${perToken(micros)}`)
    .join(", ");
}

runProgram(usage, readProfileOptions, profile);
