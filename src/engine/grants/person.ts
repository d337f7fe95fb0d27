import type { Person } from "../person";
import type { People } from "../ports/people";
import { Refusal } from "../refusal";

/**
 * Finds the person a code or token was given for, as they are now.
 * @throws Refusal `subject_not_found` if the person no longer exists, `access_denied` for one who is disabled
 */
export async function findActivePerson(people: People, personId: string): Promise<Person> {
  const person = await people.findById(personId);
  if (person === undefined) throw new Refusal("subject_not_found", `person ${personId} no longer exists`);
  if (person.status !== "active") throw new Refusal("access_denied", `person ${personId} is disabled`);
  return person;
}
