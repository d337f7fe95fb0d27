import { wiring } from "../../generated/wiring";
import { serveContract, type WiredContract } from "../contracts/wire";
import type { SigningAlgorithm } from "../engine/client";
import { findAlgorithmFault } from "../engine/id-token";
import type { Contracts } from "../engine/contracts";
import type { Api } from "../http/api";
import { firstPath } from "../http/operations";
import type { Engine } from "./engine";
import type { AppSettings } from "./options";

/** Tells whether a contract is switched on. */
export function isEnabled(name: string, { contracts }: AppSettings): boolean {
  return contracts.enabled?.includes(name) ?? true;
}

/** Lists the policies of the contracts that are switched on. */
export function listEnabledContracts(settings: AppSettings): Contracts {
  return new Map(wiring.filter(({ name }) => isEnabled(name, settings)).map(({ name, policy }) => [name, policy]));
}

/**
 * Chooses the algorithm that signs a contract's tokens: the configured one, else the contract's own.
 * @throws Error if no client could verify the contract's id_tokens under it
 */
export function chooseAlgorithm({ name, policy }: WiredContract, { tokens }: AppSettings): SigningAlgorithm {
  const algorithm = tokens.algorithms.get(name) ?? policy.algorithm;
  const fault = policy.identifiesPersons === true ? findAlgorithmFault(algorithm) : undefined;
  if (fault !== undefined) throw new Error(`The algorithm of ${name} ${fault}.`);
  return algorithm;
}

/** Lists every algorithm that signs a contract's tokens. */
export function listAlgorithmsInUse(settings: AppSettings): SigningAlgorithm[] {
  return [...new Set(wiring.map((contract) => chooseAlgorithm(contract, settings)))];
}

/** Builds the token endpoints, including those that are switched off: they too answer in their contract's form. */
export function buildContractApis({ issue }: Engine, settings: AppSettings): Api[] {
  return wiring.map((contract) => {
    const { name, policy, spec } = contract;
    const opensAt = settings.contracts.opensAt.get(name);
    const served = { name, policy, algorithm: chooseAlgorithm(contract, settings), path: firstPath(spec), opensAt };
    return serveContract(contract, issue, served, isEnabled(name, settings));
  });
}
