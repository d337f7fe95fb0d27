import type { AssertionUse, Redemption } from "./redemption-types";
import type { Caller, Client, SigningAlgorithm } from "./types";
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

/** Public keys behind a client's `jwks_uri`. */
export interface RemoteKeys {
  /**
   * @param isWanted what the caller looks for: where none of the keys at hand is it, newer ones may be fetched
   * @throws Unavailable if they cannot be fetched and none are cached
   */
  fetch(uri: string, isWanted: (key: JsonWebKey) => boolean): Promise<readonly JsonWebKey[]>;
}
