import type { People } from "../ports/people";
import type { AuthorizationCodes, DeviceCodes, RefreshTokens } from "../ports/codes";
import type { LedgerReader } from "../ports/ledger";
import type { TokenVerifier } from "../ports/keys";
import type { SecretDigest } from "../ports/clients";
import type { AuthTokens, DelegatedClients, Identities, OneTimeTokens, ProveDelegate } from "../ports/users";

/** What the grants, taken together, look things up in. */
export interface GrantPorts {
  /** One-time values are looked up by this and never by themselves. */
  digest: SecretDigest;
  authTokens: AuthTokens;
  identities: Identities;
  delegatedClients: DelegatedClients;
  proveDelegate: ProveDelegate;
  oneTimeTokens: OneTimeTokens;
  people: People;
  authorizationCodes: AuthorizationCodes;
  refreshTokens: RefreshTokens;
  deviceCodes: DeviceCodes;
  /** Access tokens of ours are accepted in an auth token's place. */
  verifier: TokenVerifier;
  ledger: LedgerReader;
  /** The first refresh token of a family: fresh and random. */
  newRefreshToken(): string;
  /** The successor of a refresh token: always the same for the same token, and nobody else can tell it. */
  successorOf(refreshToken: string): string;
  /** Seconds in which a rotated refresh token may be rotated again, by a client that never saw the answer. */
  refreshGraceSeconds: number;
}
