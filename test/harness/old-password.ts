/** Passwords that were set under earlier rules, which still log in. */
import { hash } from "argon2";

/** @returns what the database has of a password that could not be set today, such as a short one */
export function hashOldPassword(password: string): Promise<string> {
  return hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
}
