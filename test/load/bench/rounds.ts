/** The rounds of a benchmark run. */
import { readCpuMicros } from "./cpu-time";
import type { Load } from "./load/load";
import { mustBeClean, type LoadSample } from "./load/request-plan";
import type { Contender, Target } from "./servers/contender";

/** A measurement, and what was measured. */
export interface Measured extends LoadSample {
  endpoint: string;
  server: string;
  connections: number;
  /** From 1; 0 for the warm-up. */
  round: number;
  /** CPU time of the server's processes meanwhile. */
  cpuMicros: number;
  /** CPU time of PostgreSQL's processes meanwhile. */
  databaseMicros: number;
}

/** How much to measure. */
export interface RoundOptions {
  rounds: number;
  /** Of one measurement. */
  seconds: number;
  warmUpSeconds: number;
  /** Measured one after the other. */
  connections: readonly number[];
  /** Endpoints to measure. */
  only: readonly string[];
}

/** The parts of a run that are not measured. */
export interface Surroundings {
  load: Load;
  /** Process id of the PostgreSQL server. */
  databasePid: number;
  /** Called with each measurement. */
  report(one: Measured): void;
}

/** Requests per second that the warm-up prepares for. Later rounds use the previous measurement. */
const firstGuess = 4_000;

/**
 * Measures all servers in turns, so that other load on the machine affects them alike.
 * @returns all measurements, warm-ups included
 * @throws Error at the first request that was not answered with a token
 */
export async function measure(contenders: readonly Contender[], options: RoundOptions, surroundings: Surroundings): Promise<Measured[]> {
  const all: Measured[] = [];
  for (const connections of options.connections) {
    const rates = new Map<Target, number>();
    for (let round = 0; round <= options.rounds; round += 1) {
      for (const { endpoint, server, target } of makeLanes(contenders, options.only)) {
        const seconds = round === 0 ? options.warmUpSeconds : options.seconds;
        const requests = Math.ceil((rates.get(target) ?? firstGuess) * seconds * 1.6) + connections;
        const sample = await measureOnce({ server, target, connections, seconds, requests }, surroundings);
        mustBeClean(sample, `${server.name}, ${endpoint}, ${connections} connections`);
        rates.set(target, Math.max(sample.rate, rates.get(target) ?? 0));
        const measured = { endpoint, server: server.name, connections, round, ...sample };
        all.push(measured);
        surroundings.report(measured);
      }
    }
  }
  return all;
}

interface Lane {
  endpoint: string;
  server: Contender;
  target: Target;
}

function makeLanes(contenders: readonly Contender[], endpoints: readonly string[]): Lane[] {
  return endpoints.flatMap((endpoint) =>
    contenders.flatMap((server) => {
      const target = server.targets[endpoint];
      return target === undefined ? [] : [{ endpoint, server, target }];
    }),
  );
}

interface Shot extends Pick<Lane, "server" | "target"> {
  connections: number;
  seconds: number;
  /** How many requests will be sent, about. */
  requests: number;
}

async function measureOnce(
  { server, target, connections, seconds, requests }: Shot,
  { load, databasePid }: Surroundings,
): Promise<LoadSample & Pick<Measured, "cpuMicros" | "databaseMicros">> {
  const plan = await target.aim(connections, requests);
  const before = await readBoth(server.pid, databasePid);
  const sample = await load.fire({ ...plan, connections, seconds });
  const after = await readBoth(server.pid, databasePid);
  return { ...sample, cpuMicros: after[0] - before[0], databaseMicros: after[1] - before[1] };
}

function readBoth(serverPid: number, databasePid: number): Promise<[number, number]> {
  return Promise.all([readCpuMicros(serverPid), readCpuMicros(databasePid)]);
}
