import type { Person } from "./person";

/**
 * The claims about a person beside `sub` (OIDC Core §5.1). The names `first_name`, `last_name` and `country_code` are
 * not standard.
 */
export interface PersonClaims {
  email?: string;
  email_verified?: boolean;
  name?: string;
  first_name?: string;
  last_name?: string;
  country_code?: string;
  picture?: string;
  /** Epoch seconds. */
  updated_at?: number;
}

/** The compiler checks that none is missing. */
const personClaims: Record<keyof PersonClaims, true> = {
  email: true,
  email_verified: true,
  name: true,
  first_name: true,
  last_name: true,
  country_code: true,
  picture: true,
  updated_at: true,
};

/** The names of all claims about persons. */
export const personClaimNames: readonly string[] = Object.keys(personClaims);

/** Selects the claims that a scope allows (OIDC Core §5.4), without those that are unknown for this person. */
export function selectPersonClaims(person: Person, scope: readonly string[]): PersonClaims {
  return {
    ...(scope.includes("email") ? { email: person.email, email_verified: person.emailVerified } : {}),
    ...(scope.includes("profile") ? selectProfileClaims(person) : {}),
  };
}

function selectProfileClaims({ firstName, lastName, countryCode, picture, updatedAt }: Person): PersonClaims {
  return {
    name: `${firstName} ${lastName}`,
    first_name: firstName,
    last_name: lastName,
    ...(countryCode === null ? {} : { country_code: countryCode }),
    ...(picture === null ? {} : { picture }),
    updated_at: updatedAt,
  };
}
