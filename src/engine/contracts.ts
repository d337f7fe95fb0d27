import type { AuthMethod, Client } from "./client";
import type { GrantType } from "./grant-request";
import type { ContractPolicy } from "./policy";

/** The policies of the contracts that are switched on, by the contracts' names. */
export type Contracts = ReadonlyMap<string, ContractPolicy>;

/** Tells whether any contract that is switched on offers a grant. */
export function isOffered(grant: GrantType, contracts: Contracts): boolean {
  return [...contracts.values()].some(({ grants }) => grants.includes(grant));
}

/** Lists the authentication methods of all contracts that offer a grant. */
export function listMethodsFor(grant: GrantType, contracts: Contracts): AuthMethod[] {
  return [...contracts.values()].filter(({ grants }) => grants.includes(grant)).flatMap(({ authMethods }) => authMethods);
}

/**
 * Finds the policy under which a client uses a grant outside a token endpoint: that of the first of its own contracts which
 * is switched on and offers the grant.
 * @param method how the client proved itself, which that contract must offer too; undefined for any
 */
export function findPolicy(
  grant: GrantType,
  client: Pick<Client, "contracts">,
  contracts: Contracts,
  method?: AuthMethod,
): ContractPolicy | undefined {
  return client.contracts
    .flatMap((name) => contracts.get(name) ?? [])
    .find(({ grants, authMethods }) => grants.includes(grant) && (method === undefined || authMethods.includes(method)));
}
