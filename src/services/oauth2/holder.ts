import { involvesDelegate, involvesIdentity, involvesPerson, involvesUser } from "../../engine/grants";
import type { LedgerRecord } from "../../engine/ports/ledger";
import type { People } from "../../engine/ports/people";
import type { DelegatedClients, Identities, UserContacts } from "../../engine/ports/users";

export interface HolderPorts {
  people: People;
  users: UserContacts;
  identities: Pick<Identities, "find">;
  delegatedClients: DelegatedClients;
}

/**
 * Tells whether those behind an access token may still act: its person; or its identity with the user or the delegated client
 * that acts for it. The grant tells which there are. A token of a client for itself costs no statement.
 */
export async function isHolderActive({ grant, clientId, subject, actor }: LedgerRecord, ports: HolderPorts): Promise<boolean> {
  const answers = await Promise.all([
    !involvesPerson(grant) || isActivePerson(subject, ports),
    !involvesIdentity(grant) || isActiveIdentity(subject, ports),
    !involvesUser(grant) || (actor !== null && ports.users.isActive(actor)),
    !involvesDelegate(grant) || (actor !== null && isActiveDelegate(clientId, actor, ports)),
  ]);
  return answers.every((active) => active);
}

/** Tells whether the person exists and is active. If not, no token for this person is active, whenever it was issued. */
export async function isActivePerson(personId: string, { people }: Pick<HolderPorts, "people">): Promise<boolean> {
  return (await people.findById(personId))?.status === "active";
}

async function isActiveIdentity(identityId: string, { identities }: HolderPorts): Promise<boolean> {
  return (await identities.find(identityId))?.status === "active";
}

/** A delegated client may act while it is active and its programme has delegation. */
async function isActiveDelegate(programmeId: string, id: string, { delegatedClients }: HolderPorts): Promise<boolean> {
  const [enabled, found] = await Promise.all([delegatedClients.isEnabled(programmeId), delegatedClients.find(programmeId, id)]);
  return enabled && found?.status === "active";
}
