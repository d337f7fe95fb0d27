import { Refusal } from "./refusal";
import type { FamilyBounds, UserLogin } from "./user-login";

/** Tokens that came of one consent of one person, and are revoked together (RFC 9700 §4.14). Times are epoch seconds. */
export interface TokenFamily {
  /** A UUID. */
  id: string;
  clientId: string;
  personId: string;
  /** What the person consented to; a refreshed token may have less. */
  scope: readonly string[];
  authTime: number;
  /** After this no refresh token of the family is accepted. */
  expiresAt: number;
}

/** A refresh token as it is recorded. */
export interface RefreshTokenRow {
  digest: Buffer;
  /** Epoch seconds. */
  expiresAt: number;
}

/** A one-time value that a token is exchanged for, and what its use creates. Digests are of the value, under the pepper. */
export type Redemption =
  | { kind: "authorization_code"; digest: Buffer; family: TokenFamily; refreshToken?: RefreshTokenRow }
  /** Within the grace, a token that was rotated but whose successor was never used may be rotated again, to the same successor. */
  | { kind: "refresh_token"; digest: Buffer; family: TokenFamily; successor: RefreshTokenRow; graceSeconds: number }
  | { kind: "device_code"; digest: Buffer; family: TokenFamily }
  /** The access token is the only one of its family, which makes it end with everything else of the user. */
  | { kind: "one_time_token"; digest: Buffer; begins: UserLogin }
  /** An access token is exchanged for another. It is not used up, but must not be revoked, and its revocation will revoke the new one. */
  | { kind: "access_token"; parent: { jti: string; expiresAt: number }; within: FamilyBounds & { id: string } };

/** Everything that a token spends, in the transaction that records it. */
export interface Spending {
  redemption?: Redemption;
  /** The one that authenticated the client, and the one that was the grant. */
  assertions?: readonly AssertionUse[];
}

/** An assertion that was used and must not be used again. */
export interface AssertionUse {
  /** The client that signed it: `jti`s are unique per client. */
  clientId: string;
  jti: string;
  /** Epoch seconds. */
  expiresAt: number;
  /** The earliest moment at which a server would have taken it, by its own claims. Epoch seconds. */
  usableFrom: number;
}

/**
 * A one-time value was used a second time. One of its two holders must be a thief, so the tokens of the first use are revoked
 * too (RFC 6749 §4.1.2, RFC 9700 §4.14.2); `issue` does that.
 */
export class ReuseDetected extends Refusal {
  /** @param familyId the family of the tokens that the first use created */
  constructor(
    privateDetail: string,
    readonly familyId: string,
  ) {
    super("invalid_grant", privateDetail);
  }
}
