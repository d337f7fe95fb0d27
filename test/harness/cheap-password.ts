/** Hashes of any passwords, also of those that could not be set today, such as short ones. */
import { hash } from "argon2";

/** @returns what the database has of a password; at the least cost, because 25 ms of CPU time for each login would prove no more */
export function hashCheaply(password: string): Promise<string> {
  return hash(password, { memoryCost: 8, timeCost: 1, parallelism: 1 });
}
