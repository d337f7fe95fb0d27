import type { Actor, Assurance, UserRole } from "../decision";
import type { AssertionUse } from "../redemption";
import type { IdentityType, PresentedAssertion } from "../token-request";

/** A user who acts through a token. */
export interface UserActor extends Actor {
  type: UserRole;
}

export interface LockableActor extends UserActor {
  /** See {@link AuthTokenUser}. */
  locked: boolean;
}

/** The user an auth token stands for. */
export interface AuthTokenUser {
  actor: UserActor;
  assurance: Assurance;
  /** After too many failed logins: nothing is given to this user now. */
  locked: boolean;
}

/** Where messages reach a user. */
export interface UserContact {
  programmeId: string;
  email: string;
}

export interface UserContacts {
  findContact(userId: string): Promise<UserContact | undefined>;
}

export interface AuthTokens {
  /**
   * Finds a live auth token's user and slides its window, in one statement.
   * @param now epoch milliseconds
   */
  use(authToken: string, now: number): Promise<AuthTokenUser | undefined>;
  /**
   * Makes a token good for a user.
   * @param authToken fresh and random
   * @param now epoch milliseconds
   */
  issue(authToken: string, userId: string, assurance: Assurance, now: number): Promise<void>;
}

export interface LinkedIdentity {
  programmeId: string;
  type: IdentityType;
  status: "active" | "deactivated";
}

export interface Identities {
  /** The identity, whoever is linked to it. */
  find(identityId: string): Promise<LinkedIdentity | undefined>;
  /** The identity, if this user is linked to it. */
  findLinked(userId: string, identityId: string): Promise<LinkedIdentity | undefined>;
  /** The user, while it exists and is active. @param now epoch milliseconds, for whether it is locked */
  findActiveUser(userId: string, now: number): Promise<LockableActor | undefined>;
}

/** A delegated API client: acts for the identities of its programme with the key of its certificate. */
export interface DelegatedClient {
  id: string;
  programmeId: string;
  status: "active" | "disabled";
  /** PEM. */
  certificate: string;
}

export interface DelegatedClients {
  /** Whether the programme has delegation at all. */
  isEnabled(programmeId: string): Promise<boolean>;
  /** The client of that id, if it is this programme's. */
  find(programmeId: string, id: string): Promise<DelegatedClient | undefined>;
}

/** What an assertion of a delegated API client says, once it is proved. */
export interface ProvenDelegate {
  clientId: string;
  /** The identity that the client acts for. */
  identityId: string;
  spends: AssertionUse;
}

/**
 * Checks an assertion of one of the programme's delegated API clients; what it proves is not used up here.
 * @param now epoch milliseconds
 * @throws Refusal `invalid_client`, one for all reasons
 */
export type ProveDelegate = (assertion: PresentedAssertion, programmeId: string, now: number) => Promise<ProvenDelegate>;

/** What a one-time token stands for. */
export interface OneTimeTokenGrant {
  programmeId: string;
  identityId: string;
  actor: UserActor;
  assurance: Assurance;
  /** Epoch seconds. */
  expiresAt: number;
  spent: boolean;
  /** See {@link AuthTokenUser}. */
  locked: boolean;
}

export interface OneTimeTokens {
  /** @param now epoch milliseconds @returns undefined for a token that is unknown, or whose user is disabled */
  find(digest: Buffer, now: number): Promise<OneTimeTokenGrant | undefined>;
}

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
  isLocked(name: LoginName, now: number): Promise<boolean>;
  /**
   * Ends a try that failed; the fifth in a row locks.
   * @param userId the user of that name, if there is one
   * @returns `locked` if it was locked already; then nothing was counted
   */
  recordFailure(name: LoginName, userId: string | undefined, now: number): Promise<"counted" | "locked">;
  /** Ends a try with the right password: forgets the failures before it. @returns `locked` if they lock; then it is no success */
  recordSuccess(name: LoginName, now: number): Promise<"free" | "locked">;
}

/** What somebody logs in as. */
export interface LoginName {
  programmeId: string;
  /** In any case. */
  email: string;
}
