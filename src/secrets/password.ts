import { hash, verify } from "argon2";
import { type PasswordOwner, requireFitPassword } from "./password-rules";

/** OWASP ASVS 5 §11.4: argon2id (the library's own choice) with 19 MiB, two passes, one lane. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/**
 * Judges and hashes a password that a person or a user gets. There is no other way to a hash, so no password escapes the rules; those
 * that were set under earlier rules stay valid.
 * @returns the PHC string, with a random salt. Hashing takes about 25 ms, off the event loop; the first password of a process takes
 * 45 ms more, because the list of common ones is loaded for it
 * @throws UnfitPasswordError
 */
export async function hashNewPassword(password: string, owner: PasswordOwner): Promise<string> {
  const composed = compose(password);
  await requireFitPassword(composed, owner);
  return hash(composed, cost);
}

/** One keyboard sends an umlaut as one character, another as two; both are the same password (RFC 8265 §4.2.2). */
function compose(password: string): string {
  return password.normalize("NFC");
}

/** Compared with when there is no such user, so that the answer takes as long. */
let decoyHash: Promise<string> | undefined;

/** @param passwordHash undefined if there is no user: then the result is false, after the same work */
export async function isPassword(password: string, passwordHash: string | undefined): Promise<boolean> {
  decoyHash ??= hash("the password of no person", cost);
  const compared = passwordHash ?? (await decoyHash);
  const composed = compose(password);
  // Earlier releases hashed what was typed.
  const matches = (await verify(compared, composed)) || (composed !== password && (await verify(compared, password)));
  return matches && passwordHash !== undefined;
}
