import { type Reader, type Setting, toFileName } from "./reader";

/**
 * Reads one setting per contract, named by a prefix and the contract's name in upper case (`HOURS_MY_CONTRACT`). A variable
 * with the prefix and a name that no contract has is a fault.
 * @param contracts names of all contracts
 */
export function readPerContract<T>(
  read: Reader,
  prefix: string,
  contracts: readonly string[],
  readOne: (setting: string, contract: string) => T | undefined,
): Map<string, T> {
  const found = new Map<string, T>();
  for (const contract of contracts) {
    const value = readOne(`${prefix}${toVariableName(contract)}`, contract);
    if (value !== undefined) found.set(contract, value);
  }
  read.rejectUnknown(prefix);
  return found;
}

export function toVariableName(contract: string): string {
  return contract.toUpperCase().replaceAll("-", "_");
}

/** @returns the name of every setting, with those of files, and one for each contract where it says <CONTRACT> */
export function listNames(settings: readonly Setting[], contracts: readonly string[]): string[] {
  return settings.flatMap(({ name, secret }) => {
    if (secret === true) return [name, toFileName(name)];
    return name.includes("<CONTRACT>") ? contracts.map((contract) => name.replace("<CONTRACT>", toVariableName(contract))) : [name];
  });
}
