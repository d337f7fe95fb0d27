import { personClaimNames } from "../engine/person-claims";
import type { ContractPolicy } from "../engine/policy";
import type { RegistrationFacts } from "./registration";

type ClaimFacts = Pick<RegistrationFacts, "claims">;

/** Claims that resource servers read as a person's, whatever contract the token is of. */
const standardPersonClaims: readonly string[] = [
  ...personClaimNames,
  // OIDC Core §5.1, the rest of it.
  ...["given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "website", "gender", "birthdate"],
  ...["zoneinfo", "locale", "phone_number", "phone_number_verified", "address"],
  // How and when the person logged in (RFC 9068 §2.2.1, OIDC Core §2, OIDC Front-Channel Logout §3).
  ...["auth_time", "acr", "amr", "azp", "nonce", "sid"],
  // What the person may do (RFC 9068 §2.2.3.1).
  ...["roles", "groups", "entitlements"],
];

/**
 * Finds the claims that would make the client's tokens read as a person's (RFC 9700 §4.15, RFC 9068 §5). All contracts have
 * one issuer, so a token of one may be shown to the resource servers of another: the claims of every contract count.
 * @returns a sentence for each
 */
export function findPersonFaults({ claims = {} }: ClaimFacts, contracts: ReadonlyMap<string, ContractPolicy>): string[] {
  const reserved = new Set([...standardPersonClaims, ...[...contracts.values()].flatMap(({ personClaims = [] }) => personClaims)]);
  return [
    ...Object.keys(claims)
      .filter((name) => reserved.has(name))
      .map((name) => `the claim ${name} is reserved for persons; a client cannot have it`),
    ...listSubjectClaims(contracts)
      .filter((name) => name in claims && !isSubject(claims[name]))
      .map((name) => `the claim ${name} names the subject of its tokens: it is a whole number, or text like an id`),
  ];
}

/** Lists the subjects that a client's claims name, also in the claims of contracts that it may not use. */
export function listNamedSubjects({ claims = {} }: ClaimFacts, contracts: ReadonlyMap<string, ContractPolicy>): string[] {
  return listSubjectClaims(contracts).flatMap((name) => {
    const value = claims[name];
    return typeof value === "number" || typeof value === "string" ? [String(value)] : [];
  });
}

function listSubjectClaims(contracts: ReadonlyMap<string, ContractPolicy>): string[] {
  return [...new Set([...contracts.values()].flatMap(({ subjectClaim }) => subjectClaim ?? []))];
}

function isSubject(value: unknown): boolean {
  return typeof value === "number"
    ? Number.isSafeInteger(value) && value >= 0
    : typeof value === "string" && /^[\w.:/-]{1,255}$/.test(value);
}
