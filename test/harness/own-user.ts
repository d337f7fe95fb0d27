/** Users of the weavr programme, one for each test that changes them. */
import { makeSecretDigest } from "../../src/secrets/secret";
import { makeIdentities } from "../../src/store/programmes/identities";
import { makeLoginLocks } from "../../src/store/programmes/login-locks";
import { makeUsers } from "../../src/store/programmes/users";
import type { TestPolymint } from "../../src/testkit";
import { seededPassword } from "../../src/testkit/seed";

/** A user of the seeded programme that no other test uses. */
export interface OwnUser {
  id: string;
  email: string;
  password: string;
  identity: { type: "CONSUMER"; id: string };
  disable(): Promise<void>;
  /** Unlocks the login, as `polymint user unlock` does. */
  unlock(): Promise<boolean>;
}

let made = 0;

export async function makeOwnUser({ database, clients, clock, pepper }: TestPolymint): Promise<OwnUser> {
  const programmeId = clients.weavr.clientId;
  const identity = { type: "CONSUMER", id: await makeIdentities(database).create(programmeId, "CONSUMER", clock()) } as const;
  const users = makeUsers(database);
  const email = `own-user-${(made += 1)}@example.com`;
  const facts = { programmeId, email, passwordHash: seededPassword.hash, role: "USER", identityIds: [identity.id] } as const;
  const id = await users.create(facts, clock());
  const locks = makeLoginLocks({ database, digest: makeSecretDigest(pepper) });
  return {
    ...{ id, email, password: seededPassword.password, identity },
    disable: () => users.setStatus(id, "disabled"),
    unlock: () => locks.release({ programmeId, email }, clock()),
  };
}
