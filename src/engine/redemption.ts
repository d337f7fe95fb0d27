import { Refusal } from "./refusal";

/** Tokens that came of one consent of one person, and are revoked together (RFC 9700 §4.14). Times are epoch seconds. */
export interface TokenFamily {
  /** A UUID. */
  id: string;
  clientId: string;
  personId: string;
  /** What the person consented to; a refreshed token may have less. */
  scope: readonly string[];
  authTime: number;
  /** After this no refresh token of the family serves. */
  expiresAt: number;
}

/** A refresh token as it is recorded. */
export interface RefreshTokenRow {
  digest: Buffer;
  /** Epoch seconds. */
  expiresAt: number;
}

/** Something that is honoured once, and what its use begins. Digests are of the one-time value, under the pepper. */
export type Redemption =
  | { kind: "authorization_code"; digest: Buffer; family: TokenFamily; refreshToken?: RefreshTokenRow }
  /** Within the grace, a token that was rotated but whose successor was never used may be rotated again, to the same successor. */
  | { kind: "refresh_token"; digest: Buffer; family: TokenFamily; successor: RefreshTokenRow; graceSeconds: number }
  | { kind: "device_code"; digest: Buffer }
  | { kind: "one_time_token"; digest: Buffer };

/** Everything that a token uses up, in the transaction that records it. */
export interface Spending {
  redemption?: Redemption;
  /** The client's own, and the one that was the grant. */
  assertions?: readonly AssertionUse[];
}

/** An assertion that must not be used again. */
export interface AssertionUse {
  /** Whose assertion it is: `jti`s are unique per client. */
  clientId: string;
  jti: string;
  /** Epoch seconds. */
  expiresAt: number;
}

/**
 * What serves once was used before. Of two who hold the same thing one is a thief, so what came of the first use ends too
 * (RFC 6749 §4.1.2, RFC 9700 §4.14.2); `issue` sees to that.
 */
export class ReuseDetected extends Refusal {
  /** @param familyId what came of the first use */
  constructor(
    privateDetail: string,
    readonly familyId: string,
  ) {
    super("invalid_grant", privateDetail);
  }
}
