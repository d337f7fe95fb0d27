import type { JsonWebKey } from "node:crypto";
import type { SecretDigest } from "../engine/ports/clients";
import type { ContractPolicy } from "../engine/policy";
import type { AssertionAlgorithm, AuthMethod, Client, Clock, ServiceName, TlsSubject } from "../engine/client";
import type { GrantType } from "../engine/grant-request";
import { traitsOf } from "../engine/grants";
import { makeSecret, type SecretKind } from "../secrets/secret";
import type { ClientAdmin, ClientRecord } from "../store/clients/admin";
import { makeClientId } from "../store/database/ids";
import type { ProgrammeStore } from "../store/programmes/programmes";
import { findRegistrationFaults, longestName, type RegistrationFacts } from "./rules";

/** What an operator asks for; what is left out comes from the contracts' policies. */
export interface Registration {
  contracts: readonly string[];
  services?: readonly ServiceName[];
  id?: string;
  name?: string;
  scopes?: readonly string[];
  grants?: readonly GrantType[];
  authMethods?: readonly AuthMethod[];
  jwks?: readonly JsonWebKey[];
  jwksUri?: string;
  assertionAlgorithms?: readonly AssertionAlgorithm[];
  redirectUris?: readonly string[];
  tlsSubject?: TlsSubject;
  certificateBoundTokens?: boolean;
  claims?: Readonly<Record<string, unknown>>;
  /** Seconds. */
  lifetimeSeconds?: number;
}

/** A registered client, with its secret in clear: the only time anyone sees it. */
export interface Registered {
  client: ClientRecord;
  secret: { kind: SecretKind; value: string } | undefined;
}

/** What cannot be registered, and why: a sentence each. */
export class RegistrationError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(faults.join("\n"));
    this.name = "RegistrationError";
  }
}

export interface RegisterPorts {
  admin: ClientAdmin;
  programmes: ProgrammeStore;
  digest: SecretDigest;
  clock: Clock;
  /** The contracts there are. */
  contracts: ReadonlyMap<string, ContractPolicy>;
  /** Seconds. */
  longestTokenSeconds: number;
}

/**
 * Registers a client under its contracts' policies, and makes its secret if it needs one.
 * @throws RegistrationError with every fault, ConflictError if the id is taken, Unavailable
 */
export function makeRegister(ports: RegisterPorts) {
  return async function register(wanted: Registration): Promise<Registered> {
    const facts = completeRegistration(wanted, ports.contracts);
    const faults = findRegistrationFaults(facts, ports);
    if (faults.length > 0) throw new RegistrationError(faults);
    const kind = chooseSecretKind(facts.authMethods);
    const secret = kind === undefined ? undefined : { kind, value: makeSecret(kind) };
    const client = { ...facts, ...(secret === undefined ? {} : { secretDigest: ports.digest(secret.value) }) };
    const now = ports.clock();
    if (kind === "api_key" && client.secretDigest !== undefined)
      await ports.programmes.create({ ...client, secretDigest: client.secretDigest }, now);
    else await ports.admin.create(client, now);
    return { client: await ports.admin.show(facts.id, now), secret };
  };
}

export type Register = ReturnType<typeof makeRegister>;

/** What kind of secret clients of these methods hold, if any. */
export function chooseSecretKind(methods: Client["authMethods"]): SecretKind | undefined {
  if (methods.includes("api_key")) return "api_key";
  return methods.some((method) => method.startsWith("client_secret_")) ? "client_secret" : undefined;
}

function completeRegistration(wanted: Registration, contracts: ReadonlyMap<string, ContractPolicy>): RegistrationFacts {
  const policies = wanted.contracts.flatMap((name) => contracts.get(name) ?? []);
  const serviceMethods: AuthMethod[] = wanted.contracts.length === 0 ? ["client_secret_basic"] : [];
  const byCertificate: AuthMethod[] | undefined = wanted.tlsSubject === undefined ? undefined : ["tls_client_auth"];
  const authMethods = wanted.authMethods ??
    byCertificate ?? [...new Set([...policies.map(({ authMethods: [first] }) => first), ...serviceMethods])];
  const id = wanted.id ?? makeClientId();
  return {
    ...wanted,
    id,
    name: wanted.name ?? id.slice(0, longestName),
    grants: wanted.grants ?? [...new Set(policies.flatMap((policy) => selectDefaultGrants(policy, wanted)))],
    authMethods,
    assertionAlgorithms: wanted.assertionAlgorithms ?? (authMethods.includes("private_key_jwt") ? ["PS256", "ES256"] : []),
  };
}

/** All grants that the contract offers, but of those that are opt-in only what a redirect URI asks for. */
function selectDefaultGrants({ grants }: ContractPolicy, { redirectUris }: Registration): GrantType[] {
  return grants.filter((grant) => traitsOf(grant).optIn !== true || (redirectUris !== undefined && servesRedirects(grant)));
}

function servesRedirects(grant: GrantType): boolean {
  const { needsRedirectUri, follows } = traitsOf(grant);
  return needsRedirectUri === true || (follows !== undefined && servesRedirects(follows));
}
