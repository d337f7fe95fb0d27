/** People for the pages, one for each test that changes them. */
import { randomUUID } from "node:crypto";
import { hashNewPassword } from "../../src/secrets/password";
import { makePeople, type NewPerson } from "../../src/store/people/people";
import type { TestPolymint } from "../../src/testkit";

/** A person that no other test uses, who can log in at the pages. */
export interface OwnPerson {
  id: string;
  email: string;
  password: string;
}

const password = "as good as any other";
let passwordHash: Promise<string> | undefined;

export async function makeOwnPerson({ database, clock }: TestPolymint, facts: Partial<NewPerson> = {}): Promise<OwnPerson> {
  passwordHash ??= hashNewPassword(password, { email: "any@example.net" });
  const usual = { email: `${randomUUID()}@example.net`, firstName: "Grace", lastName: "Hopper", passwordHash: await passwordHash };
  const { id, email } = await makePeople(database).create({ ...usual, ...facts }, clock());
  return { id, email, password };
}
