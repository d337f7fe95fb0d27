import { wiring as builtIn } from "../../generated/wiring";
import type { WiredContract } from "./wire";

/** The name of a built-in contract. */
export type BuiltInContract = (typeof builtIn)[number]["name"];

/**
 * Lists every contract that a server has: the built-in ones, and those of another folder after them.
 * @throws Error if two have the same name, since settings, clients and the ledger know a contract by its name alone
 */
export function joinContracts(others: readonly WiredContract[] = []): readonly WiredContract[] {
  const taken = findTakenNames(others);
  if (taken.length > 0) throw new Error(`there is a contract ${taken.join(", ")} already; choose another name`);
  return [...builtIn, ...others];
}

/** @returns the names of contracts that a built-in contract, or one before it in the list, has already */
export function findTakenNames(others: readonly WiredContract[]): string[] {
  const names = [...builtIn, ...others].map(({ name }) => name);
  return names.filter((name, at) => names.indexOf(name) !== at);
}
