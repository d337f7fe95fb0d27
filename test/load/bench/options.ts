/** The command line of `make bench`. */
import { parseArgs } from "node:util";
import { wiring } from "../../../generated/wiring";

/** The options of a benchmark run. */
export interface Options {
  rounds: number;
  /** Of one measurement. */
  seconds: number;
  warmUpSeconds: number;
  /** Measured one after the other. */
  connections: readonly number[];
  /** Contracts to measure. */
  only: readonly string[];
  json: boolean;
  /** Folder for a CPU profile of the Polymint process. */
  profile: string | undefined;
}

const usage = `make bench, or: npx tsx test/load/bench/endpoints.ts [options]     (after make build)
  --rounds N         measurements of each server and endpoint (5)
  --seconds N        length of each (3)
  --warm-up N        seconds of load before the first one (2)
  --connections A,B  numbers of connections (1,32)
  --only A,B         contracts (${wiring.map(({ name }) => name).join(",")})
  --profile FOLDER   write a CPU profile of the Polymint process there
  --json             print everything measured as JSON`;

/** @throws Error with the usage if an option is not valid */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "3" },
      "warm-up": { type: "string", default: "2" },
      connections: { type: "string", default: "1,32" },
      only: { type: "string", default: wiring.map(({ name }) => name).join(",") },
      json: { type: "boolean", default: false },
      profile: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) throw new Error(usage);
  return {
    rounds: positive(values.rounds),
    seconds: positive(values.seconds),
    warmUpSeconds: positive(values["warm-up"]),
    connections: values.connections.split(",").map(positive),
    only: values.only.split(",").map(contract),
    json: values.json,
    profile: values.profile,
  };
}

function positive(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new Error(`"${text}" is not a whole number from 1 on.\n${usage}`);
}

function contract(name: string): string {
  if (wiring.some((wired) => wired.name === name)) return name;
  throw new Error(`There is no contract "${name}".\n${usage}`);
}
