import type { Person } from "./person";
import type { GrantType } from "./client";

const personGrants: readonly string[] = ["authorization_code", "refresh_token", "device_code"] satisfies readonly GrantType[];

/**
 * Whether a token of this grant has a person for its subject, who logged in at our pages. Only the grant tells: a client's own
 * token may have a subject that reads like a person's id.
 */
export function isPersonGrant(grant: string): boolean {
  return personGrants.includes(grant);
}

/** What a person may have told about them beside `sub` (OIDC Core §5.1, with the names of the screening-eagle contract). */
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

/** The claims that a scope gives (OIDC Core §5.4). What is not known of the person is left out. */
export function personClaims(person: Person, scope: readonly string[]): PersonClaims {
  return {
    ...(scope.includes("email") ? { email: person.email, email_verified: person.emailVerified } : {}),
    ...(scope.includes("profile") ? profileOf(person) : {}),
  };
}

function profileOf({ firstName, lastName, countryCode, picture, updatedAt }: Person): PersonClaims {
  return {
    name: `${firstName} ${lastName}`,
    first_name: firstName,
    last_name: lastName,
    ...(countryCode === null ? {} : { country_code: countryCode }),
    ...(picture === null ? {} : { picture }),
    updated_at: updatedAt,
  };
}
