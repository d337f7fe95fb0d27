import type { ContractPolicy } from "../engine/policy";
import type { AuthMethod } from "../engine/client";
import type { GrantType } from "../engine/grant-request";
import { grantTypes, traitsOf } from "../engine/grants";
import { findCertificateFaults } from "./certificate-rules";
import { findKeyFaults } from "./key-rules";
import { isRedirectUri } from "./redirect-uri";
import type { Registration } from "./register";

/** A registration with nothing left out. */
export interface RegistrationFacts extends Registration {
  id: string;
  name: string;
  grants: readonly GrantType[];
  authMethods: readonly AuthMethod[];
}

export interface RegistrationRules {
  contracts: ReadonlyMap<string, ContractPolicy>;
  longestTokenSeconds: number;
}

const publicGrants = grantTypes.filter((grant) => traitsOf(grant).allowsPublicClients).join(" or ");
const redirectGrants = grantTypes.filter((grant) => traitsOf(grant).needsRedirectUri).join(" or ");

/** Characters of a client's name. */
export const longestName = 200;

/** @returns what is wrong with what a client is called, by programs and by people */
export function findNamingFaults({ id, name }: { id: string; name: string }): string[] {
  return [
    ...(/^[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,254}$/.test(id)
      ? []
      : ["an id has 1 to 255 of the characters A-Z a-z 0-9 _ . : / - and does not start with a sign"]),
    ...(/^[^\p{Cc}]{1,200}$/u.test(name) ? [] : ["a name has 1 to 200 characters, none of them control characters"]),
  ];
}

/** Claims the server makes itself; a client's extra claims may not stand in for them (RFC 9068 §2.2, RFC 7519 §4.1). */
const ownClaims = new Set([
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
  "status",
  "credentials",
]);

/** @returns a sentence for everything that is wrong, each with what to do */
export function findRegistrationFaults(facts: RegistrationFacts, rules: RegistrationRules): string[] {
  const policies = facts.contracts.flatMap((name) => rules.contracts.get(name) ?? []);
  const offered = { methods: policies.flatMap(({ authMethods }) => authMethods), grants: policies.flatMap(({ grants }) => grants) };
  return [
    ...facts.contracts
      .filter((name) => !rules.contracts.has(name))
      .map((name) => `there is no contract ${name}; there are ${[...rules.contracts.keys()].join(", ")}`),
    ...(facts.contracts.length + (facts.services ?? []).length > 0 ? [] : ["a client needs a contract or a service"]),
    ...findNamingFaults(facts),
    ...(facts.scopes ?? [])
      .filter((scope) => !/^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/.test(scope))
      .map(() => 'a scope has 1 to 100 printable ASCII characters without space, " and \\ (RFC 6749 §3.3)'),
    ...facts.grants.filter((grant) => !offered.grants.includes(grant)).map((grant) => `none of its contracts offers the grant ${grant}`),
    ...(facts.contracts.length === 0
      ? []
      : facts.authMethods.filter((method) => !offered.methods.includes(method)).map((method) => `none of its contracts offers ${method}`)),
    ...(facts.authMethods.includes("api_key") && facts.authMethods.length > 1
      ? ["a programme proves itself with its API key and nothing else"]
      : []),
    ...(facts.authMethods.includes("none") && facts.grants.some((grant) => traitsOf(grant).allowsPublicClients !== true)
      ? [`a client that proves nothing (none) may have the grant ${publicGrants} and no other, for there a person decides`]
      : []),
    ...findLifetimeFaults(facts, rules),
    ...Object.keys(facts.claims ?? {})
      .filter((name) => ownClaims.has(name))
      .map((name) => `the claim ${name} is the server's own`),
    ...findKeyFaults(facts),
    ...findCertificateFaults(facts, offered.methods),
    ...findRedirectFaults(facts),
  ];
}

function findRedirectFaults({ grants, redirectUris = [] }: RegistrationFacts): string[] {
  const needing = grants.filter((grant) => traitsOf(grant).needsRedirectUri);
  return [
    ...redirectUris
      .filter((uri) => !isRedirectUri(uri))
      .map(
        () =>
          "a redirect URI is absolute, has at most 2000 printable ASCII characters and no fragment, and is https, http on localhost, or of a scheme with a dot such as com.example.app",
      ),
    ...(redirectUris.length === 0 ? needing.map((grant) => `the grant ${grant} needs a redirect URI`) : []),
    ...(needing.length === 0 && redirectUris.length > 0 ? [`redirect URIs are of use only with the grant ${redirectGrants}`] : []),
    ...grants.flatMap((grant) => findFollowFaults(grant, grants)),
  ];
}

function findFollowFaults(grant: GrantType, granted: readonly GrantType[]): string[] {
  const { follows } = traitsOf(grant);
  if (follows === undefined || granted.includes(follows)) return [];
  return [`the grant ${grant} needs ${follows}, which its tokens come from`];
}

function findLifetimeFaults({ lifetimeSeconds }: RegistrationFacts, { longestTokenSeconds }: RegistrationRules): string[] {
  if (lifetimeSeconds === undefined) return [];
  const fits = Number.isSafeInteger(lifetimeSeconds) && lifetimeSeconds >= 1 && lifetimeSeconds <= longestTokenSeconds;
  return fits ? [] : [`a lifetime has 1 to ${longestTokenSeconds} seconds`];
}
