import { resolve } from "node:path";
import type { OpensAt } from "../engine/working-hours";
import { isHost, isPrefix } from "../http/address";
import { readPerContract, toVariableName } from "./per-contract";
import { type Environment, Reader, type Setting } from "./reader";
import { readWorkingHours } from "./working-hours";

/** Which contracts are served, where, and when. */
export interface ContractsConfig {
  contracts: {
    /** Names of the contracts that are switched on. */
    enabled: readonly string[];
    /** By the contract's name; a contract without an entry is always open. */
    opensAt: ReadonlyMap<string, OpensAt>;
  } & ContractPlaces;
}

interface ContractPlaces {
  /** By the contract's name, `/` for none; a contract without an entry has the prefix of its policy. */
  prefixes: ReadonlyMap<string, string>;
  /** By the contract's name, `*` for every host; a contract without an entry has the host of its policy. */
  hosts: ReadonlyMap<string, string>;
}

const folderSetting = "CONTRACTS_FOLDER";

export const contractsSettings: readonly Setting[] = [
  {
    name: folderSetting,
    fallback: "none",
    meaning: "folder with contracts of your own beside the built-in ones; `serve --contracts DIR` comes before it",
  },
  { name: "CONTRACTS", fallback: "all", meaning: "contracts to serve, separated by commas; the others answer 404" },
  {
    name: "HOURS_<CONTRACT>",
    fallback: "always open",
    meaning: "working hours of one contract, as JSON or the path of a JSON file: timeZone, weekly, holidays",
  },
  {
    name: "CONTRACT_PREFIX_<CONTRACT>",
    fallback: "the contract's own, or /",
    meaning: "what stands before the path of one contract, such as /vendor; / for nothing",
  },
  {
    name: "CONTRACT_HOST_<CONTRACT>",
    fallback: "the contract's own, or *",
    meaning: "the only host that one contract answers at, such as auth.vendor.example, by the Host header; * for every host",
  },
];

/**
 * Reads where more contracts are. This comes before all other settings, whose names contain those of the contracts.
 * @param given the folder on the command line, which comes first
 * @returns an absolute path; undefined for the built-in contracts alone
 */
export function readContractsFolder(environment: Environment, given?: string): string | undefined {
  const folder = given ?? new Reader(environment).text(folderSetting);
  return folder === undefined ? undefined : resolve(folder);
}

/** @param contracts names of all contracts */
export function readContracts(read: Reader, contracts: readonly string[]): ContractsConfig {
  rejectOldNames(read, contracts);
  const enabled = read.list("CONTRACTS", contracts);
  const opensAt = readPerContract(read, "HOURS_", contracts, (setting) => readWorkingHours(read, setting));
  return { contracts: { enabled, opensAt, ...readPlaces(read, contracts) } };
}

/**
 * Reads where contracts are served, for commands that read no other setting. What is wrong counts as not set.
 * @param contracts names, which may be some of all
 */
export function readAddresses(environment: Environment, contracts: readonly string[]): ContractPlaces {
  return readPlaces(new Reader(environment), contracts);
}

function readPlaces(read: Reader, contracts: readonly string[]): ContractPlaces {
  const isRoot = (text: string): boolean => text === "/" || isPrefix(text);
  const prefixes = readPerContract(read, "CONTRACT_PREFIX_", contracts, (setting) =>
    read.matching(setting, undefined, isRoot, "a path such as /vendor, without a slash at its end, or / for none"),
  );
  const isAny = (text: string): boolean => text === "*" || isHost(text);
  const hosts = readPerContract(read, "CONTRACT_HOST_", contracts, (setting) =>
    read.matching(setting, undefined, isAny, "the name of a host, without scheme and port, or * for every host"),
  );
  return { prefixes, hosts };
}

/** Rejects the names of earlier releases: if they were ignored, the server would serve contracts that were switched off. */
function rejectOldNames(read: Reader, contracts: readonly string[]): void {
  read.rejectRenamed("DIALECTS", "CONTRACTS");
  for (const name of contracts.map(toVariableName)) read.rejectRenamed(`${name}_HOURS`, `HOURS_${name}`);
}
