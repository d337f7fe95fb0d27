import { toVariableName } from "../config/per-contract";
import { ConfigurationError } from "../config/reader";
import type { Api } from "../http/api";
import { listOperations } from "../http/operations";
import { eraseNames } from "../http/path-template";

/** What answers at a method, path and host. */
interface Claim {
  /** As people know it: "the contract x". */
  owner: string;
  /** The settings that move it. */
  cures: readonly string[];
}

/** An api, and the contract whose settings say where it answers; undefined for a service at its own address. */
export interface Claimant {
  api: Api;
  contract: string | undefined;
}

/**
 * Makes sure that no two contracts that are switched on, and no contract and a service or a page, answer at the same address: then
 * one of them would never be called.
 * @param pages the pages by their paths, which come first at every host, each with the settings that switch it off
 * @throws ConfigurationError that names both and the settings that move one of them
 */
export function mustHaveOwnAddresses(claimants: readonly Claimant[], pages: ReadonlyMap<string, readonly string[]>): void {
  const claims = new Map<string, Claim>();
  const faults: string[] = [];
  for (const { api, contract } of claimants.filter(({ api: { enabled } }) => enabled)) {
    for (const { id, method, path } of listOperations(api.spec)) {
      if (api.endpoints[id]?.handle === undefined) continue;
      const call = `${method.toUpperCase()} ${path}`;
      const at = api.address?.host === undefined ? "" : ` at ${api.address.host}`;
      const own: Claim = contract === undefined ? { owner: `the service ${api.name}`, cures: [] } : makeContractClaim(contract);
      const off = pages.get(path);
      const page = off && { owner: `the page ${path}`, cures: [] };
      const key = `${method} ${eraseNames(path)}${at}`;
      const other = claims.get(key) ?? page;
      if (other === undefined) claims.set(key, own);
      else faults.push(describeClash(call + at, other, page === undefined ? own : { ...own, cures: own.cures.slice(0, 1) }, off));
    }
  }
  if (faults.length > 0) throw new ConfigurationError(faults);
}

function makeContractClaim(name: string): Claim {
  const variable = toVariableName(name);
  return { owner: `the contract ${name}`, cures: [`CONTRACT_PREFIX_${variable}`, `CONTRACT_HOST_${variable}`] };
}

function describeClash(call: string, one: Claim, other: Claim, off: readonly string[] = []): string {
  const cures = [...one.cures, ...other.cures].join(" or ");
  const without = off.length === 0 ? "" : `, or do without the page with ${off.join(" or ")}`;
  return `${one.owner} and ${other.owner} both answer ${call}; give one another address with ${cures}${without}`;
}
