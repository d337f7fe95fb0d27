/** People for the pages, one for each test that changes them. */
import { randomBytes, randomUUID } from "node:crypto";
import { makePeople, type NewPerson } from "../../src/store/people/people";
import { makeSessions } from "../../src/store/people/sessions";
import type { TestPolymint } from "../../src/testkit";
import { seededPassword } from "../../src/testkit/seed";

/** A person that no other test uses, who can log in at the pages. */
export interface OwnPerson {
  id: string;
  email: string;
  password: string;
}

export async function makeOwnPerson({ database, clock }: TestPolymint, facts: Partial<NewPerson> = {}): Promise<OwnPerson> {
  const usual = { email: `${randomUUID()}@example.net`, firstName: "Grace", lastName: "Hopper", passwordHash: seededPassword.hash };
  const { id, email } = await makePeople(database).create({ ...usual, ...facts }, clock());
  return { id, email, password: seededPassword.password };
}

/** Starts a session of a person, as a login does. @param digest of the cookie's value @returns that digest */
export async function startSession({ database, clock }: TestPolymint, personId: string, digest: Buffer = randomBytes(32)): Promise<Buffer> {
  const [row] = await database.build((knex) => knex("people").where("id", personId).pluck<string[]>("password_hash"));
  const started = await makeSessions(database).start(digest, { personId, passwordHash: row ?? "" }, clock());
  if (!started) throw new Error(`person ${personId} cannot log in`);
  return digest;
}
