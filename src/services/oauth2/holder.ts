import { involvesDelegate, involvesIdentity, involvesPerson, involvesUser } from "../../engine/grants";
import type { FoundToken } from "../../engine/ports/ledger";

/**
 * Tells whether those behind an access token may still act: its client; and its person, or its identity with the user or the
 * delegated client that acts for it. The grant tells which there are, since ids of different kinds may look alike.
 */
export function isHolderActive({ grant, statuses }: FoundToken): boolean {
  return (
    statuses.client === "active" &&
    (!involvesPerson(grant) || statuses.person === "active") &&
    (!involvesIdentity(grant) || statuses.identity === "active") &&
    (!involvesUser(grant) || statuses.user === "active") &&
    (!involvesDelegate(grant) || statuses.delegate === "active")
  );
}
