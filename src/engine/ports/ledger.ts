import type { Caller } from "../caller";
import type { Client } from "../client";
import type { Person } from "../person";
import type { AssertionUse, Spending } from "../redemption";
import type { VerifiedToken } from "./keys";
import type { DelegatedClient, LinkedIdentity, LoginUser } from "./users";

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
  /** Id of the family that the token belongs to, if any. */
  family?: string;
  /** When its `STEPPED_UP` ends, if it says so. */
  steppedUpUntil?: number;
}

export interface Ledger {
  /**
   * Writes the row, spends what the token was requested with, and adds what that creates, all in one transaction or not at
   * all. Resolves after the commit.
   * @returns `spent` if the redemption had been used before, `replayed` if an assertion had; then nothing was written
   * @throws Unavailable if the database cannot be reached; then the token must not be sent to the client
   */
  record(entry: LedgerEntry, spends?: Spending, caller?: Caller): Promise<"recorded" | "replayed" | "spent">;
  /** Resolves once every call of `record` so far has been answered. For shutdown. */
  drain(): Promise<void>;
}

/** The record of a token that was issued. */
export interface LedgerRecord extends Omit<LedgerEntry, "family" | "steppedUpUntil"> {
  family: string | null;
  steppedUpUntil: number | null;
  /** Epoch seconds, or null while neither the token nor its family is revoked. */
  revokedAt: number | null;
}

/** The record of a token, and those who may be behind it as they are at this moment: null if there is none with the id in the record. */
export interface FoundToken extends LedgerRecord {
  statuses: {
    client: Client["status"] | null;
    /** Of the person or the identity that is the subject. */
    person: Person["status"] | null;
    identity: LinkedIdentity["status"] | null;
    /** Of the user or the delegated client that is the actor. The delegated client has none while its programme has no delegation. */
    user: LoginUser["status"] | null;
    delegate: DelegatedClient["status"] | null;
  };
}

export interface LedgerReader {
  /** Finds a token. If its signing key was withdrawn, it counts as revoked from the commit of the withdrawal on. */
  find(token: Pick<VerifiedToken, "jti" | "expiresAt" | "kid">): Promise<FoundToken | undefined>;
}

/** Spends assertions of requests that record nothing else: introspection and device authorization. */
export interface AssertionStore {
  /** @returns false if it had been spent before. */
  spend(use: AssertionUse): Promise<boolean>;
}

/** What a client can revoke: one access token with all that it was exchanged for, or all tokens of one consent. */
export type Revocable = Pick<VerifiedToken, "jti" | "expiresAt"> | { family: string };

export interface Revocations {
  /**
   * Revokes a token and spends the assertion of the request: both, or neither. A token that is revoked already is unchanged.
   * @param what undefined if there is nothing to revoke
   * @param at epoch seconds
   * @returns `replayed` if the assertion had been spent before; then nothing was revoked
   */
  revoke(what: Revocable | undefined, at: number, spends: AssertionUse | undefined, caller: Caller): Promise<"revoked" | "replayed">;
}
