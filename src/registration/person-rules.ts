import type { ContractPolicy } from "../engine/policy";
import type { RegistrationFacts } from "./registration";

type ClaimFacts = Pick<RegistrationFacts, "claims">;

/** @returns a sentence for each claim that would make the client's tokens read as a person's (RFC 9700 §4.15, RFC 9068 §5) */
export function findPersonFaults({ claims = {} }: ClaimFacts, policies: readonly ContractPolicy[]): string[] {
  const reserved = new Set(policies.flatMap(({ personClaims = [] }) => personClaims));
  return [
    ...Object.keys(claims)
      .filter((name) => reserved.has(name))
      .map((name) => `the claim ${name} is reserved for persons; a client cannot have it`),
    ...listSubjectClaims(policies)
      .filter((name) => name in claims && !isSubject(claims[name]))
      .map((name) => `the claim ${name} names the subject of its tokens: it is a whole number, or text like an id`),
  ];
}

/**
 * Lists the subjects that a client's claims name, also in the claims of contracts that it may not use: all contracts have one
 * issuer, so a token of one may be shown to the resource servers of another.
 */
export function listNamedSubjects({ claims = {} }: ClaimFacts, contracts: ReadonlyMap<string, ContractPolicy>): string[] {
  return listSubjectClaims([...contracts.values()]).flatMap((name) => {
    const value = claims[name];
    if (typeof value !== "number" && typeof value !== "string") return [];
    const text = String(value).trim();
    // A resource server that reads the number ignores zeros in front of it.
    return [text, text.replace(/^0+(?=\d)/, "")];
  });
}

function listSubjectClaims(policies: readonly ContractPolicy[]): string[] {
  return [...new Set(policies.flatMap(({ subjectClaim }) => subjectClaim ?? []))];
}

function isSubject(value: unknown): boolean {
  return typeof value === "number"
    ? Number.isSafeInteger(value) && value >= 0
    : typeof value === "string" && /^[\w.:/-]{1,255}$/.test(value);
}
