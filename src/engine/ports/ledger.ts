import type { Caller } from "../caller";
import type { AssertionUse, Spending } from "../redemption";
import type { VerifiedToken } from "./keys";

/** One row of the ledger. Times are epoch seconds; the token itself is never stored. */
export interface LedgerEntry {
  jti: string;
  issuedAt: number;
  expiresAt: number;
  contract: string;
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
   * Writes the row, uses up what the token was asked for with, and adds what that begins: all in one transaction, or nothing.
   * Resolves after the commit.
   * @returns `spent` if the redemption, `replayed` if an assertion had been used before. Nothing was written then.
   * @throws Unavailable if the database is away; then nothing may be answered as issued.
   */
  record(entry: LedgerEntry, spends?: Spending, caller?: Caller): Promise<"recorded" | "replayed" | "spent">;
  /** Resolves once every call of `record` so far has been answered. For shutdown. */
  drain(): Promise<void>;
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
