/** The command line of `make bench`. */
import { parseArgs } from "node:util";
import { contractNames } from "../../harness/token-requests";
import type { RoundOptions } from "./rounds";
import { otherEndpoints } from "./servers/contender";

/** The endpoints that can be measured. */
export const measuredEndpoints: readonly string[] = [...contractNames, ...otherEndpoints];

/** The options of a benchmark run. */
export interface Options extends RoundOptions {
  json: boolean;
  /** Folder for a CPU profile of the Polymint process. */
  profile: string | undefined;
}

export const usage = `make bench ARGS="[options]", or: npx tsx test/load/bench/endpoints.ts [options]     (after make build)
  --rounds N         measurements of each server and endpoint (5)
  --seconds N        length of each (3)
  --warm-up N        seconds of load before the first one (2)
  --connections A,B  numbers of connections (1,32)
  --only A,B         endpoints (${measuredEndpoints.join(",")})
  --profile FOLDER   write a CPU profile of the Polymint process there
  --json             print everything measured as JSON`;

/** @returns undefined if the usage is asked for @throws Error if an option is not valid */
export function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "3" },
      "warm-up": { type: "string", default: "2" },
      connections: { type: "string", default: "1,32" },
      only: { type: "string", default: measuredEndpoints.join(",") },
      json: { type: "boolean", default: false },
      profile: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  return {
    rounds: readNumber(values.rounds),
    seconds: readNumber(values.seconds),
    warmUpSeconds: readNumber(values["warm-up"]),
    connections: values.connections.split(",").map(readNumber),
    only: values.only.split(",").map(readEndpoint),
    json: values.json,
    profile: values.profile,
  };
}

/** @throws Error if the text is not a whole number from 1 on */
export function readNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new Error(`"${text}" is not a whole number from 1 on.`);
}

/** @throws Error if no such endpoint is measured */
export function readEndpoint(name: string): string {
  if (measuredEndpoints.includes(name)) return name;
  throw new Error(`There is no endpoint "${name}"; there are ${measuredEndpoints.join(", ")}.`);
}
