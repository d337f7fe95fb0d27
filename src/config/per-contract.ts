import type { Reader } from "./reader";

/**
 * Reads one setting for each contract: a prefix, and the contract's name as variables are written (`HOURS_MY_CONTRACT`).
 * A name after the prefix that is no contract's is a fault.
 * @param contracts the contracts there are
 */
export function readPerContract<T>(
  read: Reader,
  prefix: string,
  contracts: readonly string[],
  readOne: (setting: string) => T | undefined,
): Map<string, T> {
  const found = new Map<string, T>();
  for (const contract of contracts) {
    const value = readOne(`${prefix}${toVariableName(contract)}`);
    if (value !== undefined) found.set(contract, value);
  }
  read.rejectUnknown(prefix);
  return found;
}

export function toVariableName(contract: string): string {
  return contract.toUpperCase().replaceAll("-", "_");
}
