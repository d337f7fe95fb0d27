import type { LinkedIdentity } from "../ports/users";
import { Refusal } from "../refusal";
import type { AskedIdentity } from "../token-request";
import type { Client } from "../client";
import type { Person } from "../person";
import type { People } from "../ports/people";

/**
 * What must hold of an identity before anybody acts for it, however the request was proved.
 * @param identity as it is found for whoever asks; undefined if it does not exist, or not for them
 * @throws Refusal `subject_not_found` for an identity that is not there (one answer, no oracle), `access_denied` for one
 *   that is deactivated or belongs to another programme, `invalid_grant` for one of another type than named
 */
export function mustBeUsable(
  identity: LinkedIdentity | undefined,
  asked: AskedIdentity,
  programme: Client,
): asserts identity is LinkedIdentity {
  if (identity === undefined) throw new Refusal("subject_not_found", `identity ${asked.id} is unknown or not available to who asks`);
  if (identity.programmeId !== programme.id) {
    throw new Refusal("access_denied", `identity ${asked.id} belongs to another programme than key of ${programme.id}`);
  }
  if (identity.type !== asked.type) throw new Refusal("invalid_grant", `identity ${asked.id} is a ${identity.type}`);
  if (identity.status !== "active") throw new Refusal("access_denied", `identity ${asked.id} is deactivated`);
}

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
