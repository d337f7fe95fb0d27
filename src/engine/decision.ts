import type { Client } from "./client";
import type { GrantType } from "./grant-request";
import type { PersonLogin } from "./person";
import type { Spending } from "./redemption";
import type { FamilyBounds } from "./user-login";
import type { IdentityType } from "./token-request";

/** The party that acts through a token if it is not the subject: a user of a programme, or a delegated API client. */
export interface Actor {
  type: UserRole | "API_CLIENT";
  id: string;
}

/** A user owns identities (ROOT), or may act for them (USER). */
export type UserRole = "ROOT" | "USER";

/** Everything that a token will say, except what depends on the time of minting. */
export interface Decision {
  client: Client;
  grant: GrantType;
  subject: { id: string; identityType?: IdentityType };
  actor: Actor | null;
  /** How strongly the user was authenticated, if there is one. */
  assurance: Assurance;
  /** When an assurance of `STEPPED_UP` ends, in epoch seconds. */
  steppedUpUntil?: number;
  /** The tokens that are revoked together with this one. It ends with them. */
  family?: FamilyBounds;
  scope: readonly string[];
  /** The login of the person behind the token, if a person logged in on our pages. */
  login?: PersonLogin;
  /** What the token spends. */
  spends?: Spending;
  /** A refresh token for the same answer; it is recorded through {@link Spending}. */
  refreshToken?: string;
  /** `x5t#S256` of the certificate the token is bound to (RFC 8705 §3.1). */
  certificateThumbprint?: string;
}

export type Assurance = "STANDARD" | "STEPPED_UP";

/**
 * Decides what a stronger authentication is still worth.
 * @param until when it ends, in epoch seconds; null if there was none
 * @param now epoch milliseconds
 */
export function assure(until: number | null, now: number): Pick<Decision, "assurance" | "steppedUpUntil"> {
  return until !== null && until * 1000 > now ? { assurance: "STEPPED_UP", steppedUpUntil: until } : { assurance: "STANDARD" };
}

/** An issued token. Times are epoch seconds. */
export interface Issued extends Decision {
  accessToken: string;
  idToken?: string;
  jti: string;
  issuedAt: number;
  expiresAt: number;
}
