import { type IdTokenAlgorithm, idTokenAlgorithms, type SigningAlgorithm } from "./client";
import type { ContractPolicy } from "./policy";

/** The algorithm of a contract's access tokens by the contract's name, where the configuration chose one. */
export type ConfiguredAlgorithms = ReadonlyMap<string, SigningAlgorithm>;

/** What decides on the algorithms of a contract. */
interface SigningContract {
  name: string;
  policy: Pick<ContractPolicy, "algorithm" | "identifiesPersons">;
}

/** Chooses the algorithm that signs a contract's access tokens: the configured one, else the contract's own. */
export function chooseAlgorithm({ name, policy }: SigningContract, configured: ConfiguredAlgorithms): SigningAlgorithm {
  return configured.get(name) ?? policy.algorithm;
}

/**
 * Lists the algorithms that a contract signs id_tokens with: RS256, which every client can verify (OIDC Discovery §3), and that of
 * its access tokens.
 * @returns none for a contract that does not identify persons
 */
export function listIdTokenAlgorithms(contract: SigningContract, configured: ConfiguredAlgorithms): IdTokenAlgorithm[] {
  if (contract.policy.identifiesPersons !== true) return [];
  const own = chooseAlgorithm(contract, configured);
  return idTokenAlgorithms.filter((algorithm) => algorithm === "RS256" || algorithm === own);
}

/** Lists every algorithm that the server needs a key of. */
export function listAlgorithmsInUse(contracts: readonly SigningContract[], configured: ConfiguredAlgorithms): SigningAlgorithm[] {
  return [
    ...new Set(contracts.flatMap((contract) => [chooseAlgorithm(contract, configured), ...listIdTokenAlgorithms(contract, configured)])),
  ];
}

/**
 * Finds what is wrong with an algorithm for a contract that identifies persons. An id_token under HS256 needs the client's secret as
 * its key (OIDC Core §10.1), of which this server keeps only a digest.
 * @returns the end of a sentence that begins with the setting; undefined if nothing is wrong
 */
export function findAlgorithmFault(algorithm: SigningAlgorithm | undefined): string | undefined {
  if (algorithm !== "HS256") return undefined;
  return "must be ES256, RS256 or PS256, because no client could verify the contract's id_tokens under HS256";
}
