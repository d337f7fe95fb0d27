import type { OpensAt } from "../engine/working-hours";
import { readPerContract, toVariableName } from "./per-contract";
import type { Reader, Setting } from "./reader";
import { readWorkingHours } from "./working-hours";

/** Which contracts are served, and when. */
export interface ContractsConfig {
  contracts: {
    /** Names of the contracts that are switched on. */
    enabled: readonly string[];
    /** By the contract's name; a contract without an entry is always open. */
    opensAt: ReadonlyMap<string, OpensAt>;
  };
}

export const contractsSettings: readonly Setting[] = [
  { name: "CONTRACTS", fallback: "all", meaning: "contracts to serve, separated by commas; the others answer 404" },
  {
    name: "HOURS_<CONTRACT>",
    fallback: "always open",
    meaning: "working hours of one contract, as JSON or the path of a JSON file: timeZone, weekly, holidays",
  },
];

/** @param contracts names of all contracts */
export function readContracts(read: Reader, contracts: readonly string[]): ContractsConfig {
  rejectOldNames(read, contracts);
  const enabled = read.list("CONTRACTS", contracts);
  return { contracts: { enabled, opensAt: readPerContract(read, "HOURS_", contracts, (setting) => readWorkingHours(read, setting)) } };
}

/** Rejects the names of earlier releases: if they were ignored, the server would serve contracts that were switched off. */
function rejectOldNames(read: Reader, contracts: readonly string[]): void {
  read.rejectRenamed("DIALECTS", "CONTRACTS");
  for (const name of contracts.map(toVariableName)) read.rejectRenamed(`${name}_HOURS`, `HOURS_${name}`);
}
