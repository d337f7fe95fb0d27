import type { Person } from "../person";

/** Finds people by id, whether they may log in or not. */
export interface People {
  findById(personId: string): Promise<Person | undefined>;
}

/** The session of a person who is logged in on our pages. */
export interface BrowserSession {
  /** Names the session to the stores that a person's decision is written to. */
  digest: Buffer;
  person: Pick<Person, "id" | "email" | "firstName" | "lastName">;
  /** When the person authenticated, in epoch milliseconds. */
  authenticatedAt: number;
}

/** A login whose password was right. */
export interface ProvenLogin {
  personId: string;
  /** The stored hash that the password was compared with, in PHC notation. */
  passwordHash: string;
}

/** Sessions of browsers. Digests are of the cookie's value; times called `now` are epoch milliseconds. */
export interface Sessions {
  /**
   * Starts a session, in one statement with the check that the login still holds.
   * @returns false if the person has been disabled or deleted, or has another password by now
   */
  start(digest: Buffer, login: ProvenLogin, now: number): Promise<boolean>;
  /** Finds a live session of an active person and extends it. */
  use(digest: Buffer, now: number): Promise<BrowserSession | undefined>;
  /** Ends the session, if there is one. */
  end(digest: Buffer): Promise<void>;
}

/** Stored consents of people to clients. */
export interface Consents {
  /** Lists the scopes that the person has granted to the client so far. */
  listScopes(personId: string, clientId: string): Promise<readonly string[]>;
  /** Adds scopes to the consent. @param now epoch milliseconds */
  addScopes(personId: string, clientId: string, scopes: readonly string[], now: number): Promise<void>;
}
