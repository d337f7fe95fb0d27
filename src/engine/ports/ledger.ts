import type { AssertionUse, Redemption } from "../redemption";
import type { Caller } from "../caller";
import type { Client, SigningAlgorithm } from "../types";
import type { JsonWebKey } from "node:crypto";

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
  record(entry: LedgerEntry, spends?: AssertionUse, caller?: Caller): Promise<"recorded" | "replayed">;
  /**
   * Writes the row, uses up what the token was asked for with, begins what that begins, and spends the assertion: all in
   * one transaction, or nothing. Resolves after the commit.
   * @returns `spent` if somebody else was first; `replayed` as in `record`. Nothing was written then.
   * @throws Unavailable if the database is away
   */
  redeem(entry: LedgerEntry, redemption: Redemption, spends?: AssertionUse, caller?: Caller): Promise<"recorded" | "replayed" | "spent">;
}

/** What the ledger says of a token that was issued. */
export interface LedgerRecord extends Omit<LedgerEntry, "family"> {
  family: string | null;
  /** Epoch seconds, or null while the token and its family stand. */
  revokedAt: number | null;
}

export interface LedgerReader {
  /** A token whose key was withdrawn is revoked since then, from the moment the withdrawal is committed. */
  find(token: Pick<VerifiedToken, "jti" | "expiresAt" | "kid">): Promise<LedgerRecord | undefined>;
}

/** Spends assertions that lead to no token and change nothing: those of introspection and of devices. */
export interface AssertionStore {
  /** @returns false if it had been spent before. */
  spend(use: AssertionUse): Promise<boolean>;
}

/** What a client takes back: one access token, or all that came of a consent. */
export type Revocable = Pick<VerifiedToken, "jti" | "expiresAt"> | { family: string };

export interface Revocations {
  /**
   * Revokes, and spends the assertion it was asked for with: both, or nothing. What is revoked already stays as it is.
   * @param what undefined: there is nothing to revoke
   * @param at epoch seconds
   * @returns `replayed` if the assertion had been spent before. Nothing was revoked then.
   */
  revoke(what: Revocable | undefined, at: number, spends: AssertionUse | undefined, caller: Caller): Promise<"revoked" | "replayed">;
}

export interface Signer {
  /** @returns a compact JWS under the active key of that algorithm. */
  sign(algorithm: SigningAlgorithm, typ: string, claims: Record<string, unknown>): Promise<string>;
}

/** A token that was signed here, expired or not. Whether it still counts is for the ledger and the clock to say. */
export interface VerifiedToken {
  jti: string;
  /** Epoch seconds. */
  expiresAt: number;
  /** The key it was signed with. */
  kid: string;
  claims: Record<string, unknown>;
}

/** Checks tokens this server signed. */
export interface TokenVerifier {
  /** @returns undefined unless it has a good signature, our issuer, a `jti` and an `exp` */
  verify(token: string): Promise<VerifiedToken | undefined>;
}

/** Public keys behind a client's `jwks_uri`. */
export interface RemoteKeys {
  /**
   * @param isWanted what the caller looks for: where none of the keys at hand is it, newer ones may be fetched
   * @throws Unavailable if they cannot be fetched and none are cached
   */
  fetch(uri: string, isWanted: (key: JsonWebKey) => boolean): Promise<readonly JsonWebKey[]>;
}
