import type { Client } from "./client";
import type { GrantType } from "./grant-request";
import type { PersonLogin } from "./person";
import type { Spending } from "./redemption";
import type { IdentityType } from "./token-request";

/** Who acts through a token where that is not its subject: a weavr user, or a delegated API client. */
export interface Actor {
  type: UserRole | "API_CLIENT";
  id: string;
}

/** A weavr user owns its identities, or is one of those who may act for them. */
export type UserRole = "ROOT" | "USER";

/** What was decided: everything the token will say that does not depend on when it is made. */
export interface Decision {
  client: Client;
  grant: GrantType;
  subject: { id: string; identityType?: IdentityType };
  actor: Actor | null;
  /** How strongly the user was authenticated when there was one. */
  assurance: Assurance;
  scope: readonly string[];
  /** The person behind the token, where one logged in at our pages. */
  login?: PersonLogin;
  /** What the token uses up. */
  spends?: Spending;
  /** A refresh token to be handed out beside it; recorded through {@link Spending}. */
  refreshToken?: string;
  /** `x5t#S256` of the certificate the token is bound to (RFC 8705 §3.1). */
  certificateThumbprint?: string;
}

export type Assurance = "STANDARD" | "STEPPED_UP";

/** A token as it left the engine. Times are epoch seconds. */
export interface Issued extends Decision {
  accessToken: string;
  idToken?: string;
  jti: string;
  issuedAt: number;
  expiresAt: number;
}
