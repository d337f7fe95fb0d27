import { hash, verify } from "@node-rs/argon2";

/** OWASP ASVS 5 §11.4: argon2id (the library's own choice) with 19 MiB, two passes, one lane. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** @returns the PHC string of a person's password, with a random salt. It takes about 20 ms, off the event loop. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, cost);
}

/** Compared with when there is no such user, so that the answer takes as long. */
let decoyHash: Promise<string> | undefined;

/** @param passwordHash undefined if there is no user: then the result is false, after the same work */
export async function isPassword(password: string, passwordHash: string | undefined): Promise<boolean> {
  decoyHash ??= hashPassword("the password of no person");
  const matches = await verify(passwordHash ?? (await decoyHash), password);
  return matches && passwordHash !== undefined;
}
