import type { Client } from "./client";
import type { GrantType } from "./grant-request";
import type { PersonLogin } from "./person";
import type { Spending } from "./redemption";
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

/** An issued token. Times are epoch seconds. */
export interface Issued extends Decision {
  accessToken: string;
  idToken?: string;
  jti: string;
  issuedAt: number;
  expiresAt: number;
}
