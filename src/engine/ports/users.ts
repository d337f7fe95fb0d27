import type { Actor, Assurance, UserRole } from "../decision";
import type { FamilyBounds } from "../user-login";
import type { AssertionUse } from "../redemption";
import type { IdentityType, PresentedAssertion } from "../token-request";

/** A user who acts through a token. */
export interface UserActor extends Actor {
  type: UserRole;
}

export interface LockableActor extends UserActor {
  /** See {@link AuthTokenUser}. */
  locked: boolean;
  /** See {@link AuthTokenUser}. */
  identity: LinkedIdentity | undefined;
}

/** The user of an auth token. */
export interface AuthTokenUser {
  actor: UserActor;
  /** The login that it came of. */
  family: FamilyBounds;
  /** When the user's stronger authentication ends, in epoch seconds; null if there was none. */
  steppedUpUntil: number | null;
  /** The user is locked after too many failed logins and gets no token now. */
  locked: boolean;
  /** The identity that was asked for; undefined if the user is not linked to it, or none was asked for. */
  identity: LinkedIdentity | undefined;
}

/** The programme and e-mail address of a user. */
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
   * @param identityId the identity that the user is to act for, which is looked up too
   */
  use(authToken: string, now: number, identityId?: string): Promise<AuthTokenUser | undefined>;
  /**
   * Stores an auth token for a user who logs in at this moment.
   * @param authToken new and random
   * @param now epoch milliseconds
   * @param checkedHash the password hash that the login has checked; without it no password was checked
   * @returns false if the user was disabled, or got another password, since it was checked
   */
  issue(authToken: string, userId: string, assurance: Assurance, now: number, checkedHash?: string): Promise<boolean>;
}

export interface LinkedIdentity {
  programmeId: string;
  type: IdentityType;
  status: "active" | "deactivated";
}

export interface Identities {
  /** Finds an identity, whichever users are linked to it. */
  find(identityId: string): Promise<LinkedIdentity | undefined>;
  /** Finds an identity that this user is linked to. */
  findLinked(userId: string, identityId: string): Promise<LinkedIdentity | undefined>;
  /**
   * Finds a user that exists and is active, with an identity.
   * @param identityId the identity that the user is to act for
   * @param now epoch milliseconds, to tell whether the user is locked
   */
  findActiveUser(userId: string, identityId: string, now: number): Promise<LockableActor | undefined>;
}

/** A delegated API client: it acts for identities of its programme and signs with the key of its certificate. */
export interface DelegatedClient {
  id: string;
  programmeId: string;
  status: "active" | "disabled";
  /** PEM. */
  certificate: string;
}

export interface DelegatedClients {
  /** Tells whether delegation is enabled for the programme. */
  isEnabled(programmeId: string): Promise<boolean>;
  /** Finds a delegated client of this programme. */
  find(programmeId: string, id: string): Promise<DelegatedClient | undefined>;
}

/** The claims of a verified assertion of a delegated API client. */
export interface ProvenDelegate {
  clientId: string;
  /** The identity that the client acts for. */
  identityId: string;
  spends: AssertionUse;
}

/**
 * Checks an assertion of one of the programme's delegated API clients. It does not spend the assertion.
 * @param now epoch milliseconds
 * @throws Refusal `invalid_client`, the same one for every reason
 */
export type ProveDelegate = (assertion: PresentedAssertion, programmeId: string, now: number) => Promise<ProvenDelegate>;

/** A one-time token that was issued. */
export interface OneTimeTokenGrant {
  programmeId: string;
  identityId: string;
  actor: UserActor;
  assurance: Assurance;
  /** Epoch seconds. */
  createdAt: number;
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

/** A user as the login needs it. */
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
 * Counts failed logins by the name that was typed, whether or not a user has it, so that a lock does not tell which users
 * exist. All servers on the database share the counts. Times called `now` are epoch milliseconds.
 */
export interface LoginLocks {
  /** Tells early whether the name is locked, before a password is compared. The result of the attempt is decided when it is recorded. */
  isLocked(name: LoginName, now: number): Promise<boolean>;
  /**
   * Records a failed attempt; the fifth in a row locks the name.
   * @param userId the user of that name, if there is one
   * @returns `locked` if the name was locked already; then nothing was counted
   */
  recordFailure(name: LoginName, userId: string | undefined, now: number): Promise<"counted" | "locked">;
  /** Records an attempt with the right password and forgets earlier failures. @returns `locked` if they lock the name; then the attempt is no success */
  recordSuccess(name: LoginName, now: number): Promise<"free" | "locked">;
}

/** The name that a login was tried with. */
export interface LoginName {
  programmeId: string;
  /** In upper or lower case. */
  email: string;
}
