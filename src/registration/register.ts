import type { ConfiguredAlgorithms } from "../engine/algorithms";
import type { SecretDigest } from "../engine/ports/clients";
import type { ContractPolicy } from "../engine/policy";
import type { AuthMethod, Clock } from "../engine/client";
import type { GrantType } from "../engine/grant-request";
import { findTraits } from "../engine/grants";
import { makeSecret, type SecretKind } from "../secrets/secret";
import type { ClientAdmin, NewClient } from "../store/clients/admin";
import { makeClientId } from "../store/database/ids";
import type { ProgrammeStore } from "../store/programmes/programmes";
import { sortKeys } from "./key-rules";
import { listNamedSubjects } from "./person-rules";
import { type RegisteredClient, type Registration, RegistrationError, type RegistrationFacts } from "./registration";
import { findRegistrationFaults, longestName } from "./rules";

/** OpenID Connect Dynamic Client Registration 1.0 §2. */
const defaultIdTokenAlgorithm = "RS256";

export interface RegisterPorts extends RulePorts {
  programmes: ProgrammeStore;
  digest: SecretDigest;
}

/** What the rules depend on, and where clients are kept. */
export interface RulePorts {
  admin: ClientAdmin;
  clock: Clock;
  /** The policies of all contracts, by the contract's name. */
  contracts: ReadonlyMap<string, ContractPolicy>;
  /** The configured algorithms of access tokens; default the contracts' own. */
  algorithms?: ConfiguredAlgorithms;
  /** The longest lifetime that a token may have, in seconds. */
  longestTokenSeconds: number;
}

/**
 * Makes the function that registers a client under its contracts' policies, and makes its secret if it needs one.
 * @throws RegistrationError with every fault; ConflictError if the id is taken, or a subject that its tokens name is a human's; Unavailable
 */
export function makeRegister(ports: RegisterPorts) {
  return async function register(registration: Registration): Promise<RegisteredClient> {
    const facts = completeRegistration(registration, ports.contracts);
    const fitting = mustFitContracts(facts, ports);
    const kind = chooseSecretKind(facts.authMethods);
    const secret = kind === undefined ? undefined : { kind, value: makeSecret(kind) };
    const client = { ...fitting, ...(secret === undefined ? {} : { secretDigest: ports.digest(secret.value) }) };
    const now = ports.clock();
    if (kind === "api_key" && client.secretDigest !== undefined)
      await ports.programmes.create({ ...client, secretDigest: client.secretDigest }, now);
    else await ports.admin.create(client, now);
    return {
      client: await ports.admin.show(facts.id, now),
      secret,
      leftOutKeys: facts.jwks === undefined ? [] : sortKeys(facts.jwks).leftOut,
    };
  };
}

/**
 * Applies every rule to a client, whether it is new or changed.
 * @param found faults that were found already
 * @returns what is stored of it, but for its secret
 * @throws RegistrationError with every fault
 */
export function mustFitContracts(facts: RegistrationFacts, ports: RulePorts, found: readonly string[] = []): NewClient {
  const faults = [...found, ...findRegistrationFaults(facts, { ...ports, algorithms: ports.algorithms ?? new Map() })];
  if (faults.length > 0) throw new RegistrationError(faults);
  const keys = facts.jwks === undefined ? {} : { jwks: sortKeys(facts.jwks).usable };
  return { ...facts, ...keys, namedSubjects: listNamedSubjects(facts, ports.contracts) };
}

export type Register = ReturnType<typeof makeRegister>;

/** @returns the kind of secret that a client with these methods holds; undefined if it holds none */
export function chooseSecretKind(methods: readonly AuthMethod[]): SecretKind | undefined {
  if (methods.includes("api_key")) return "api_key";
  return methods.some((method) => method.startsWith("client_secret_")) ? "client_secret" : undefined;
}

/** Fills in what the operator left out. A client of supporting APIs alone has no contract that names its method. */
function completeRegistration(registration: Registration, contracts: ReadonlyMap<string, ContractPolicy>): RegistrationFacts {
  const policies = registration.contracts.flatMap((name) => contracts.get(name) ?? []);
  const serviceMethods: AuthMethod[] = registration.contracts.length === 0 ? ["client_secret_basic"] : [];
  const certificateMethods: AuthMethod[] | undefined = registration.tlsSubject === undefined ? undefined : ["tls_client_auth"];
  const authMethods = registration.authMethods ??
    certificateMethods ?? [...new Set([...policies.map(({ authMethods: [first] }) => first), ...serviceMethods])];
  const id = registration.id ?? makeClientId();
  return {
    ...registration,
    id,
    name: registration.name ?? id.slice(0, longestName),
    grants: registration.grants ?? [...new Set(policies.flatMap((policy) => selectDefaultGrants(policy, registration)))],
    authMethods,
    assertionAlgorithms: registration.assertionAlgorithms ?? (authMethods.includes("private_key_jwt") ? ["PS256", "ES256"] : []),
    ...(registration.idTokenAlgorithm === undefined && policies.some(({ identifiesPersons }) => identifiesPersons)
      ? { idTokenAlgorithm: defaultIdTokenAlgorithm }
      : {}),
  };
}

/** All grants of the contract except those that are opt-in. Redirect URIs opt in to the grants that use them. */
function selectDefaultGrants({ grants }: ContractPolicy, { redirectUris }: Registration): GrantType[] {
  return grants.filter((grant) => findTraits(grant).optIn !== true || (redirectUris !== undefined && usesRedirectUri(grant)));
}

/** Whether the grant needs a redirect URI, or follows one that does. */
function usesRedirectUri(grant: GrantType): boolean {
  const { needsRedirectUri, follows } = findTraits(grant);
  return needsRedirectUri === true || (follows !== undefined && usesRedirectUri(follows));
}
