/** The rounds of a benchmark run. */
import type { Load } from "./load/load";
import { mustBeClean, type LoadSample } from "./load/request-plan";
import type { Options } from "./options";
import type { Contender, Target } from "./servers/contender";

/** A measurement, and what was measured. */
export interface Measured extends LoadSample {
  contract: string;
  server: string;
  connections: number;
  /** From 1; 0 for the warm-up. */
  round: number;
}

/** Requests per second that the warm-up prepares for. Later rounds use the previous measurement. */
const firstGuess = 4_000;

/**
 * Measures all servers in turns, so that other load on the machine affects them alike.
 * @param report is called with each measurement
 * @returns all of them, warm-ups included
 * @throws Error at the first request that was not answered with a token
 */
export async function measure(
  contenders: readonly Contender[],
  load: Load,
  options: Options,
  report: (one: Measured) => void,
): Promise<Measured[]> {
  const all: Measured[] = [];
  for (const connections of options.connections) {
    const rates = new Map<Target, number>();
    for (let round = 0; round <= options.rounds; round += 1) {
      for (const { contract, server, target } of makeLanes(contenders, options.only)) {
        const seconds = round === 0 ? options.warmUpSeconds : options.seconds;
        const requests = Math.ceil((rates.get(target) ?? firstGuess) * seconds * 1.6) + connections;
        const sample = await load.fire({ ...(await target.aim(connections, requests)), connections, seconds });
        mustBeClean(sample, `${server}, ${contract}, ${connections} connections`);
        rates.set(target, Math.max(sample.rate, rates.get(target) ?? 0));
        const measured = { contract, server, connections, round, ...sample };
        all.push(measured);
        report(measured);
      }
    }
  }
  return all;
}

function makeLanes(contenders: readonly Contender[], contracts: readonly string[]): { contract: string; server: string; target: Target }[] {
  return contracts.flatMap((contract) =>
    contenders.flatMap(({ name, targets }) => {
      const target = targets[contract];
      return target === undefined ? [] : [{ contract, server: name, target }];
    }),
  );
}
