import type { Person } from "../person";

/** People by id, whether they may log in or not. */
export interface People {
  findById(personId: string): Promise<Person | undefined>;
}

/** Somebody who is logged in at our pages. */
export interface BrowserSession {
  person: Pick<Person, "id" | "email" | "firstName" | "lastName">;
  /** Epoch milliseconds of when they proved who they are. */
  authenticatedAt: number;
}

/** Sessions of browsers. Digests are of the cookie's value; times called `now` are epoch milliseconds. */
export interface Sessions {
  start(digest: Buffer, personId: string, now: number): Promise<void>;
  /** The live session of a person who is active; being used keeps it alive. */
  use(digest: Buffer, now: number): Promise<BrowserSession | undefined>;
  /** Ends it, if there is one. */
  end(digest: Buffer): Promise<void>;
}

/** What people allowed clients once and for all. */
export interface Consents {
  /** The scopes that the person has let the client have so far. */
  listScopes(personId: string, clientId: string): Promise<readonly string[]>;
  /** Adds to them. @param now epoch milliseconds */
  addScopes(personId: string, clientId: string, scopes: readonly string[], now: number): Promise<void>;
}
