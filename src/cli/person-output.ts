import type { Person } from "../engine/person";
import { details, iso, listed, type Shown, table } from "./output";

/** A person for programs. */
export function personJson(person: Person) {
  return {
    person_id: person.id,
    email: person.email,
    email_verified: person.emailVerified,
    first_name: person.firstName,
    last_name: person.lastName,
    country_code: person.countryCode,
    picture: person.picture,
    region: person.region,
    roles: person.roles,
    status: person.status,
    updated_at: iso(person.updatedAt),
  };
}

export function shownPerson(person: Person): Shown {
  const json = personJson(person);
  return { json, text: details({ ...json, email_verified: person.emailVerified ? "yes" : "no", roles: listed(person.roles) }) };
}

export function shownPeople(people: readonly Person[]): Shown {
  const rows = people.map(({ id, email, firstName, lastName, status, updatedAt }) => [
    id,
    email,
    `${firstName} ${lastName}`,
    status,
    iso(updatedAt),
  ]);
  const text = rows.length === 0 ? "There are no such people." : table(["PERSON_ID", "EMAIL", "NAME", "STATUS", "UPDATED"], rows);
  return { json: { people: people.map(personJson) }, text };
}
