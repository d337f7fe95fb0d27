import type { JsonWebKey } from "node:crypto";
import type { Actor, Assurance, Client, IdentityType, SigningAlgorithm } from "./types";

/** Clients by what a request presents. Answers may be up to two seconds old. Throws `Unavailable`. */
export interface ClientRegistry {
  byId(clientId: string): Promise<Client | undefined>;
  /** The client whose live secret has this digest; for API keys, which name nobody. */
  bySecretDigest(digest: Buffer): Promise<Client | undefined>;
}

/** HMAC-SHA-256 of a server-made secret under the configured pepper. */
export type SecretDigest = (secret: string) => Buffer;

/** A client assertion that must not be used again. */
export interface AssertionUse {
  clientId: string;
  jti: string;
  /** Epoch seconds. */
  expiresAt: number;
}

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
}

export interface Ledger {
  /**
   * Writes the row, and spends the assertion in the same statement. Resolves after the commit.
   * @returns `replayed` if the assertion had been spent before; then nothing was written.
   * @throws Unavailable if the database is away; then nothing may be answered as issued.
   */
  record(entry: LedgerEntry, spends?: AssertionUse): Promise<"recorded" | "replayed">;
}

/** What the ledger says of a token that was issued. */
export interface LedgerRecord extends LedgerEntry {
  /** Epoch seconds, or null while the token stands. */
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

/** The user an auth token stands for. */
export interface AuthTokenUser {
  actor: Actor;
  assurance: Assurance;
}

/** A person who may log in. */
export interface LoginUser {
  id: string;
  role: Actor["type"];
  status: "active" | "disabled";
  /** argon2id, in its PHC string form. */
  passwordHash: string;
}

export interface Logins {
  /** @param email compared without regard to case */
  findForLogin(programmeId: string, email: string): Promise<LoginUser | undefined>;
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
  /** The identity, if this user is linked to it. */
  linked(userId: string, identityId: string): Promise<LinkedIdentity | undefined>;
  /** The user, while it exists and is active. */
  activeUser(userId: string): Promise<Actor | undefined>;
}

/** Public keys behind a client's `jwks_uri`. */
export interface RemoteKeys {
  /** @throws Unavailable if they cannot be fetched and none are cached. */
  fetch(uri: string, wantedKid: string | undefined): Promise<readonly JsonWebKey[]>;
}
