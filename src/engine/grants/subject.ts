import type { LinkedIdentity } from "../ports/users";
import { Refusal } from "../refusal";
import type { AskedIdentity } from "../token-request";
import type { Client } from "../client";
import type { Person } from "../person";

/**
 * Checks an identity before a token lets a user or a delegated client act for it. Every grant for identities calls this.
 * @param identity as the caller may see it; undefined if it does not exist, or is not available to the caller
 * @throws Refusal `subject_not_found` for an identity that is undefined (one answer for both reasons), `access_denied` for one
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
 * Checks the person for whom a code or token was issued.
 * @param person undefined if there is no such person
 * @throws Refusal `subject_not_found` if the person no longer exists, `access_denied` for one who is disabled
 */
export function mustBeActive(person: Person | undefined, personId: string): Person {
  if (person === undefined) throw new Refusal("subject_not_found", `person ${personId} no longer exists`);
  if (person.status !== "active") throw new Refusal("access_denied", `person ${personId} is disabled`);
  return person;
}
