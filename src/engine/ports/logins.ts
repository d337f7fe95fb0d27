import type { UserRole } from "../types";

/** A person who may log in. */
export interface LoginUser {
  id: string;
  role: UserRole;
  status: "active" | "disabled";
  /** argon2id, in its PHC string form. */
  passwordHash: string;
}

export interface Logins {
  /** @param email compared without regard to case */
  findForLogin(programmeId: string, email: string): Promise<LoginUser | undefined>;
}

/**
 * Counts failed logins by what was typed, whether a user has that address or not, so that a lock tells nobody who exists.
 * Shared by all servers on the database. Times called `now` are epoch milliseconds.
 */
export interface LoginLocks {
  /** @returns whether the name is locked, before anything is compared: its turn decides, not this */
  stands(name: LoginName, now: number): Promise<boolean>;
  /**
   * Ends a try that failed; the fifth in a row locks.
   * @param userId the user of that name, if there is one
   * @returns `locked` if it was locked already; then nothing was counted
   */
  failed(name: LoginName, userId: string | undefined, now: number): Promise<"counted" | "locked">;
  /** Ends a try with the right password: forgets the failures before it. @returns `locked` if they lock; then it is no success */
  succeeded(name: LoginName, now: number): Promise<"free" | "locked">;
}

/** What somebody logs in as. */
export interface LoginName {
  programmeId: string;
  /** In any case. */
  email: string;
}
