import type { Person } from "../engine/person";
import { type CommandOutput, formatDetails, formatTable, formatTime, joinItems } from "./output";

/** A person as JSON. */
export function toPersonJson(person: Person) {
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
    updated_at: formatTime(person.updatedAt),
  };
}

export function formatPerson(person: Person): CommandOutput {
  const json = toPersonJson(person);
  return { json, text: formatDetails({ ...json, email_verified: person.emailVerified ? "yes" : "no", roles: joinItems(person.roles) }) };
}

export function formatPeople(people: readonly Person[]): CommandOutput {
  const rows = people.map(({ id, email, firstName, lastName, status, updatedAt }) => [
    id,
    email,
    `${firstName} ${lastName}`,
    status,
    formatTime(updatedAt),
  ]);
  const text = rows.length === 0 ? "There are no such people." : formatTable(["PERSON_ID", "EMAIL", "NAME", "STATUS", "UPDATED"], rows);
  return { json: { people: people.map(toPersonJson) }, text };
}
