import { type ConfiguredAlgorithms, listIdTokenAlgorithms } from "../engine/algorithms";
import type { ContractPolicy } from "../engine/policy";
import type { GrantType } from "../engine/grant-request";
import { grantTypes, findTraits } from "../engine/grants";
import { isOrigin } from "../engine/origin";
import { findCertificateFaults } from "./certificate-rules";
import { findKeyFaults } from "./key-rules";
import { findPersonFaults } from "./person-rules";
import { isRedirectUri } from "./redirect-uri";
import type { RegistrationFacts } from "./registration";

export interface RegistrationRules {
  contracts: ReadonlyMap<string, ContractPolicy>;
  /** The configured algorithms of access tokens. */
  algorithms: ConfiguredAlgorithms;
  longestTokenSeconds: number;
}

const publicGrants = grantTypes.filter((grant) => findTraits(grant).allowsPublicClients).join(" or ");
const redirectGrants = grantTypes.filter((grant) => findTraits(grant).needsRedirectUri).join(" or ");

/** Most characters of a client's name. */
export const longestName = 200;

/** @returns a sentence for each rule that a client's id or name breaks */
export function findNamingFaults({ id, name }: { id: string; name: string }): string[] {
  return [
    ...(/^[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,254}$/.test(id)
      ? []
      : ["an id has 1 to 255 of the characters A-Z a-z 0-9 _ . : / - and does not start with . : / or -"]),
    ...(/^[^\p{Cc}]{1,200}$/u.test(name) ? [] : ["a name has 1 to 200 characters, none of them control characters"]),
  ];
}

/**
 * Claims that the server sets, under one contract or another; a client's extra claims must not replace them, or stand where the
 * server sets none (RFC 9068 §2.2, RFC 7519 §4.1, RFC 8693 §4.4, RFC 9396 §9.1).
 */
const serverClaims = new Set([
  "iss",
  "sub",
  "aud",
  "exp",
  "nbf",
  "iat",
  "jti",
  "client_id",
  "scope",
  "scp",
  "cnf",
  "act",
  "may_act",
  "authorization_details",
  "status",
  "credentials",
  "identity_type",
  "stepped_up_until",
]);

/** @returns a sentence for each fault, which also says what would be right */
export function findRegistrationFaults(facts: RegistrationFacts, rules: RegistrationRules): string[] {
  const policies = facts.contracts.flatMap((name) => rules.contracts.get(name) ?? []);
  const methods = policies.flatMap(({ authMethods }) => authMethods);
  const grants = policies.flatMap((policy) => policy.grants);
  return [
    ...facts.contracts
      .filter((name) => !rules.contracts.has(name))
      .map((name) => `there is no contract ${name}; there are ${[...rules.contracts.keys()].join(", ")}`),
    ...(facts.contracts.length + (facts.services ?? []).length > 0 ? [] : ["a client needs a contract or a service"]),
    ...findNamingFaults(facts),
    ...(facts.scopes ?? [])
      .filter((scope) => !/^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/.test(scope))
      .map(() => 'a scope has 1 to 100 printable ASCII characters without space, " and \\ (RFC 6749 §3.3)'),
    ...facts.grants.filter((grant) => !grants.includes(grant)).map((grant) => `none of its contracts offers the grant ${grant}`),
    ...(facts.contracts.length === 0
      ? []
      : facts.authMethods.filter((method) => !methods.includes(method)).map((method) => `none of its contracts offers ${method}`)),
    ...(facts.authMethods.includes("client_secret_basic") && facts.id.includes(":")
      ? ["the id of a client that authenticates by Basic has no colon, which ends the user name there (RFC 7617 §2)"]
      : []),
    ...(facts.authMethods.includes("api_key") && facts.authMethods.length > 1
      ? ["a programme authenticates with its API key and by no other method"]
      : []),
    ...(facts.authMethods.includes("none") && facts.grants.some((grant) => findTraits(grant).allowsPublicClients !== true)
      ? [`a client that does not authenticate (none) may have only the grant ${publicGrants}, where a person approves`]
      : []),
    ...findLifetimeFaults(facts, rules),
    ...findIdTokenFaults(facts, rules),
    ...Object.keys(facts.claims ?? {})
      .filter((name) => serverClaims.has(name))
      .map((name) => `the claim ${name} is set by the server; a client cannot have its own`),
    ...(Object.hasOwn(facts.claims ?? {}, "__proto__")
      ? ["no token can have a claim __proto__: programs in JavaScript take that name for an object's prototype, not for a field"]
      : []),
    ...findPersonFaults(facts, rules.contracts),
    ...findKeyFaults(facts),
    ...findCertificateFaults(facts, methods),
    ...findRedirectFaults(facts),
    ...findOriginFaults(facts),
  ];
}

function findOriginFaults({ contracts, origins = [] }: RegistrationFacts): string[] {
  return [
    ...origins
      .filter((origin) => !isOrigin(origin))
      .map(
        (origin) =>
          `${JSON.stringify(origin)} is not written as browsers send an origin: https:// (http:// for localhost only), a host in lower case, and a port unless it is the usual one, such as https://app.example; without a path, a slash at the end or a wildcard`,
      ),
    ...(contracts.length === 0 && origins.length > 0
      ? ["origins are of use only with a contract: supporting APIs are not for browsers"]
      : []),
  ];
}

function findRedirectFaults({ grants, redirectUris = [] }: RegistrationFacts): string[] {
  const needing = grants.filter((grant) => findTraits(grant).needsRedirectUri);
  return [
    ...redirectUris
      .filter((uri) => !isRedirectUri(uri))
      .map(
        () =>
          "a redirect URI is absolute, has at most 2000 printable ASCII characters and no fragment, and is https, http on localhost, or of a scheme with a dot such as com.example.app",
      ),
    ...(redirectUris.length === 0 ? needing.map((grant) => `the grant ${grant} needs a redirect URI`) : []),
    ...(needing.length === 0 && redirectUris.length > 0 ? [`redirect URIs are of use only with the grant ${redirectGrants}`] : []),
    ...grants.flatMap((grant) => findMissingGrants(grant, grants)),
  ];
}

/** A grant such as refresh_token is useless without the grant that issues what it takes. */
function findMissingGrants(grant: GrantType, granted: readonly GrantType[]): string[] {
  const { follows } = findTraits(grant);
  if (follows === undefined || granted.includes(follows)) return [];
  return [`the grant ${grant} needs the grant ${follows}, which issues the tokens that it uses`];
}

/** An id_token needs a key of its algorithm, which the server has for these only. */
function findIdTokenFaults({ contracts: names, idTokenAlgorithm: chosen }: RegistrationFacts, rules: RegistrationRules): string[] {
  if (chosen === undefined) return [];
  const offers = names.flatMap((name) => {
    const policy = rules.contracts.get(name);
    return policy?.identifiesPersons === true ? [{ name, algorithms: listIdTokenAlgorithms({ name, policy }, rules.algorithms) }] : [];
  });
  if (offers.length === 0) return ["none of its contracts issues id_tokens, so it has no algorithm for them"];
  return offers
    .filter(({ algorithms }) => !algorithms.includes(chosen))
    .map(({ name, algorithms }) => `id_tokens of ${name} are signed with ${algorithms.join(" or ")}, and not with ${chosen}`);
}

function findLifetimeFaults({ lifetimeSeconds }: RegistrationFacts, { longestTokenSeconds }: RegistrationRules): string[] {
  if (lifetimeSeconds === undefined) return [];
  const fits = Number.isSafeInteger(lifetimeSeconds) && lifetimeSeconds >= 1 && lifetimeSeconds <= longestTokenSeconds;
  return fits ? [] : [`a lifetime has 1 to ${longestTokenSeconds} seconds`];
}
