import type { JsonWebKey } from "node:crypto";
import type {
  Actor,
  AssertionUse,
  Assurance,
  Client,
  IdentityType,
  Person,
  Redemption,
  SigningAlgorithm,
  TokenFamily,
  UserRole,
} from "./types";

/** Clients by what a request presents. Answers may be up to two seconds old. Throws `Unavailable`. */
export interface ClientRegistry {
  byId(clientId: string): Promise<Client | undefined>;
  /** The client whose live secret has this digest; for API keys, which name nobody. */
  bySecretDigest(digest: Buffer): Promise<Client | undefined>;
}

/** HMAC-SHA-256 of a server-made secret under the configured pepper. */
export type SecretDigest = (secret: string) => Buffer;

/** One row of the ledger. Times are epoch seconds; the token itself is never stored. */
export interface LedgerEntry {
  jti: string;
  issuedAt: number;
  expiresAt: number;
  dialect: string;
  clientId: string;
  grant: string;
  subject: string;
  actor: string | null;
  scope: string;
  /** The family the token belongs to, if it does. */
  family?: string;
}

export interface Ledger {
  /**
   * Writes the row, and spends the assertion in the same statement. Resolves after the commit.
   * @returns `replayed` if the assertion had been spent before; then nothing was written.
   * @throws Unavailable if the database is away; then nothing may be answered as issued.
   */
  record(entry: LedgerEntry, spends?: AssertionUse): Promise<"recorded" | "replayed">;
  /**
   * Writes the row, uses up what the token was asked for with, begins what that begins, and spends the assertion: all in
   * one transaction, or nothing. Resolves after the commit.
   * @returns `spent` if somebody else was first; `replayed` as in `record`. Nothing was written then.
   * @throws Unavailable if the database is away
   */
  redeem(entry: LedgerEntry, redemption: Redemption, spends?: AssertionUse): Promise<"recorded" | "replayed" | "spent">;
}

/** What the ledger says of a token that was issued. */
export interface LedgerRecord extends Omit<LedgerEntry, "family"> {
  family: string | null;
  /** Epoch seconds, or null while the token and its family stand. */
  revokedAt: number | null;
}

export interface LedgerReader {
  find(jti: string, expiresAt: number): Promise<LedgerRecord | undefined>;
  /** @returns false if there is no such row; revoking twice is not an error. */
  revoke(jti: string, expiresAt: number, at: number): Promise<boolean>;
}

/** Spends assertions that do not lead to a token: those of introspection and revocation. */
export interface AssertionStore {
  /** @returns false if it had been spent before. */
  spend(use: AssertionUse): Promise<boolean>;
}

export interface Signer {
  /** @returns a compact JWS under the active key of that algorithm. */
  sign(algorithm: SigningAlgorithm, typ: string, claims: Record<string, unknown>): Promise<string>;
}

/** Checks tokens this server signed. */
export interface TokenVerifier {
  /** @returns the claims of a token with a good signature and our issuer, expired or not; otherwise undefined. */
  verify(token: string): Promise<Record<string, unknown> | undefined>;
}

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
  contactOf(userId: string): Promise<UserContact | undefined>;
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
  linked(userId: string, identityId: string): Promise<LinkedIdentity | undefined>;
  /** The user, while it exists and is active. @param now epoch milliseconds, for whether it is locked */
  activeUser(userId: string, now: number): Promise<LockableActor | undefined>;
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
export type ProveDelegate = (assertion: string, programmeId: string, now: number) => Promise<ProvenDelegate>;

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

/** People by id, whether they may log in or not. */
export interface People {
  byId(personId: string): Promise<Person | undefined>;
}

/** A code as it was given to a client (RFC 6749 §4.1.2). Times are epoch seconds. */
export interface AuthorizationCode {
  family: TokenFamily;
  redirectUri: string;
  /** S256 (RFC 7636 §4.2). */
  codeChallenge: string;
  nonce: string | null;
  /** Of the code itself. */
  expiresAt: number;
}

export interface AuthorizationCodes {
  /**
   * @param digest of the code
   * @param now epoch milliseconds
   */
  issue(digest: Buffer, code: AuthorizationCode, now: number): Promise<void>;
  find(digest: Buffer): Promise<(AuthorizationCode & { spent: boolean }) | undefined>;
}

/** What a refresh token stands for. Times are epoch seconds. */
export interface RefreshTokenGrant {
  family: TokenFamily;
  issuedAt: number;
  /** The token itself, if nobody uses it before. */
  expiresAt: number;
  /** When it was exchanged for its successor, or null. */
  rotatedAt: number | null;
  familyRevoked: boolean;
}

export interface RefreshTokens {
  find(digest: Buffer): Promise<RefreshTokenGrant | undefined>;
}

export interface TokenFamilies {
  /**
   * Revokes every token of the family, those that are being issued at this moment included.
   * @param at epoch seconds
   */
  revoke(familyId: string, at: number): Promise<void>;
}

/** Who asks for a device to be approved. Times are epoch seconds. */
export interface NewDeviceCode {
  digest: Buffer;
  /** Eight letters in upper case, without the dash. */
  userCode: string;
  clientId: string;
  scope: readonly string[];
  intervalSeconds: number;
  expiresAt: number;
}

/** What a poll finds, after it was counted (RFC 8628 §3.5). Times are epoch seconds. */
export type DevicePoll = {
  /** This poll came before its interval was over; the interval has grown. */
  tooEarly: boolean;
  scope: readonly string[];
  expiresAt: number;
} & ({ state: "pending" | "denied" | "collected" } | { state: "approved"; personId: string; authTime: number });

/** A device that waits for somebody to decide. */
export interface PendingDevice {
  clientId: string;
  scope: readonly string[];
}

/** Times called `now` are epoch milliseconds. */
export interface DeviceCodes {
  /** @returns false if the user code is taken; then the caller tries another */
  begin(device: NewDeviceCode, now: number): Promise<boolean>;
  /** Counts a poll of this client, in one statement. @returns undefined for a code that is unknown or another client's */
  poll(digest: Buffer, clientId: string, now: number): Promise<DevicePoll | undefined>;
  /** @param userCode as `NewDeviceCode` has it @returns undefined if it is unknown, expired or decided on */
  pending(userCode: string, now: number): Promise<PendingDevice | undefined>;
  /** @returns false if there was nothing left to decide */
  decide(
    userCode: string,
    decision: { approved: boolean; personId: string; authTime: number; scope: readonly string[] },
    now: number,
  ): Promise<boolean>;
}

/** Public keys behind a client's `jwks_uri`. */
export interface RemoteKeys {
  /**
   * @param isWanted what the caller looks for: where none of the keys at hand is it, newer ones may be fetched
   * @throws Unavailable if they cannot be fetched and none are cached
   */
  fetch(uri: string, isWanted: (key: JsonWebKey) => boolean): Promise<readonly JsonWebKey[]>;
}

/** Somebody who is logged in at our pages. */
export interface Session {
  person: Pick<Person, "id" | "email" | "firstName" | "lastName">;
  /** Epoch milliseconds of when they proved who they are. */
  authenticatedAt: number;
}

/** Sessions of browsers. Digests are of the cookie's value; times called `now` are epoch milliseconds. */
export interface Sessions {
  begin(digest: Buffer, personId: string, now: number): Promise<void>;
  /** The live session of a person who is active; being used keeps it alive. */
  use(digest: Buffer, now: number): Promise<Session | undefined>;
  /** Ends it, if there is one. */
  end(digest: Buffer): Promise<void>;
}

/** What people allowed clients once and for all. */
export interface Consents {
  /** The scopes that the person has let the client have so far. */
  given(personId: string, clientId: string): Promise<readonly string[]>;
  /** Adds to them. @param now epoch milliseconds */
  give(personId: string, clientId: string, scopes: readonly string[], now: number): Promise<void>;
}
