import type { Person } from "../person";
import type { TokenFamily } from "../redemption";
import type { FamilyBounds } from "../user-login";

/** An authorization code that was issued to a client (RFC 6749 §4.1.2). Times are epoch seconds. */
export interface AuthorizationCode {
  family: TokenFamily;
  redirectUri: string;
  /** S256 (RFC 7636 §4.2). */
  codeChallenge: string;
  nonce: string | null;
  /** When the code itself expires. */
  expiresAt: number;
}

export interface AuthorizationCodes {
  /**
   * Stores a code, in one statement with the check that the person is still logged in and still consents to its scope.
   * @param digest of the code
   * @param session digest of the session in which the person asked for it
   * @param now epoch milliseconds
   * @returns false if the session or the consent has ended; then there is no code
   */
  issue(digest: Buffer, code: AuthorizationCode, session: Buffer, now: number): Promise<boolean>;
  /** Finds a code, spent or not, and the person who consented; that one is undefined if deleted since. */
  find(digest: Buffer): Promise<(AuthorizationCode & { spent: boolean; person: Person | undefined }) | undefined>;
}

/** A refresh token that was issued. Times are epoch seconds. */
export interface RefreshTokenGrant {
  family: TokenFamily;
  issuedAt: number;
  /** When the token expires if it is not used before. */
  expiresAt: number;
  /** When the token was exchanged for its successor, or null. */
  rotatedAt: number | null;
  familyRevoked: boolean;
  /** The person of the family, disabled or not; undefined if deleted since. */
  person: Person | undefined;
}

export interface RefreshTokens {
  find(digest: Buffer): Promise<RefreshTokenGrant | undefined>;
}

export interface TokenFamilies {
  /** Finds a family, revoked or not. */
  findBounds(familyId: string): Promise<(FamilyBounds & { id: string }) | undefined>;
  /**
   * Revokes every token of the family, those that are being issued at this moment included.
   * @param at epoch seconds
   */
  revoke(familyId: string, at: number): Promise<void>;
}

/** The request of a device that a person must approve. Times are epoch seconds. */
export interface NewDeviceCode {
  digest: Buffer;
  /** Eight letters in upper case, without the dash. */
  userCode: string;
  clientId: string;
  scope: readonly string[];
  intervalSeconds: number;
  expiresAt: number;
}

/** The result of a poll, after it was counted (RFC 8628 §3.5). Times are epoch seconds. */
export type DevicePoll = {
  /** The poll came before its interval was over, so the interval was made longer. */
  tooEarly: boolean;
  scope: readonly string[];
  expiresAt: number;
} & ({ state: "pending" | "denied" | "collected" } | { state: "approved"; personId: string; authTime: number });

/** A device that waits for a person to decide. */
export interface PendingDevice {
  clientId: string;
  scope: readonly string[];
}

/** A person's answer to the request of a device. */
export interface DeviceDecision {
  approved: boolean;
  personId: string;
  /** Digest of the session in which the person decided. */
  session: Buffer;
  /** Epoch seconds. */
  authTime: number;
  scope: readonly string[];
}

/** Times called `now` are epoch milliseconds. */
export interface DeviceCodes {
  /** Stores the request of a device. @returns false if the user code is taken; then the caller tries another */
  create(device: NewDeviceCode, now: number): Promise<boolean>;
  /** Counts a poll of this client in one statement. @returns undefined for a code that is unknown or another client's */
  poll(digest: Buffer, clientId: string, now: number): Promise<DevicePoll | undefined>;
  /** @param userCode as `NewDeviceCode` has it @returns undefined if it is unknown, expired or already decided on */
  findPending(userCode: string, now: number): Promise<PendingDevice | undefined>;
  /** Stores a person's decision. @returns false if there was nothing left to decide, or the person's session has ended */
  decide(userCode: string, decision: DeviceDecision, now: number): Promise<boolean>;
}
