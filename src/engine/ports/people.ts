import type { Person } from "../person";

/** Finds people by id, whether they may log in or not. */
export interface People {
  findById(personId: string): Promise<Person | undefined>;
}

/** The session of a person who is logged in on our pages. */
export interface BrowserSession {
  person: Pick<Person, "id" | "email" | "firstName" | "lastName">;
  /** When the person authenticated, in epoch milliseconds. */
  authenticatedAt: number;
}

/** Sessions of browsers. Digests are of the cookie's value; times called `now` are epoch milliseconds. */
export interface Sessions {
  start(digest: Buffer, personId: string, now: number): Promise<void>;
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
