import { serveContract, type WiredContract } from "../contracts/wire";
import { listAudiences } from "../engine/authenticate";
import type { SigningAlgorithm } from "../engine/client";
import { chooseAlgorithm, findAlgorithmFault } from "../engine/algorithms";
import type { Contracts } from "../engine/contracts";
import type { Api } from "../http/api";
import { type Address, toBaseUrl } from "../http/address";
import type { Engine } from "./engine";
import type { AppSettings } from "./options";

/** Tells whether a contract is switched on. */
export function isEnabled(name: string, { contracts }: AppSettings): boolean {
  return contracts.enabled?.includes(name) ?? true;
}

/** Lists the policies of the contracts that are switched on. */
export function listEnabledContracts(settings: AppSettings): Contracts {
  return new Map(settings.contracts.all.filter(({ name }) => isEnabled(name, settings)).map(({ name, policy }) => [name, policy]));
}

/**
 * Chooses the algorithm that signs a contract's access tokens.
 * @throws Error if no client could verify the contract's id_tokens under it
 */
function mustChooseAlgorithm(contract: WiredContract, { tokens }: AppSettings): SigningAlgorithm {
  const algorithm = chooseAlgorithm(contract, tokens.algorithms);
  const fault = contract.policy.identifiesPersons === true ? findAlgorithmFault(algorithm) : undefined;
  if (fault !== undefined) throw new Error(`The algorithm of ${contract.name} ${fault}.`);
  return algorithm;
}

/** Lists the URLs of a path that only a host of its own gives it. */
export function listUrlsAtHost(path: string, address: Address, issuer: string): string[] {
  return address.host === undefined ? [] : [`${toBaseUrl(address, issuer)}${path}`];
}

/** Builds the token endpoints, including those that are switched off: they too answer in their contract's form. */
export function buildContractApis({ issue }: Engine, settings: AppSettings): Api[] {
  const { issuer } = settings.identity;
  return settings.contracts.all.map((contract) => {
    const { name, policy, address } = contract;
    const opensAt = settings.contracts.opensAt.get(name);
    const served = {
      name,
      policy,
      algorithm: mustChooseAlgorithm(contract, settings),
      opensAt,
    };
    const audiencesOf = (path: string): string[] => listAudiences(path, settings.identity, listUrlsAtHost(path, address, issuer));
    return serveContract(contract, { issue, served, audiencesOf, enabled: isEnabled(name, settings) });
  });
}
