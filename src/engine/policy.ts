import type { AuthMethod, SigningAlgorithm } from "./client";
import type { Decision } from "./decision";
import type { GrantType } from "./grant-request";

/** The differences between contracts, as values: the engine never branches on a contract's name. */
export interface ContractPolicy {
  /** Authentication methods on offer; a new client is registered for the first. */
  authMethods: readonly [AuthMethod, ...AuthMethod[]];
  /** Grants on offer. A new client is registered for all of them except those that are opt-in. */
  grants: readonly [GrantType, ...GrantType[]];
  /** Tokens of persons who granted `openid` come with an id_token (OIDC Core §3.1.3.3), and userinfo answers for those tokens. */
  identifiesPersons?: true;
  /** For contracts with refresh tokens: the scope that grants one, and its lifetime in seconds, in all and while unused. */
  refreshTokens?: { scope: string; absoluteSeconds: number; idleSeconds: number };
  /** `registered`: requests name no scope and get all; `optional`: requests without a scope get all; `required`: a scope must be named. */
  scope: "registered" | "optional" | "required";
  /** What stands before the contract's path, such as `/vendor`, unless `CONTRACT_PREFIX_<CONTRACT>` is set. Default: nothing. */
  prefix?: string;
  /** The only host that the contract answers at, such as `auth.vendor.example`, unless `CONTRACT_HOST_<CONTRACT>` is set. Default: every host. */
  host?: string;
  /** Seconds. */
  lifetimeSeconds: number;
  algorithm: SigningAlgorithm;
  /**
   * Claims that only tokens of persons carry, beside the standard ones. No client, of any contract, can be registered with them,
   * or its tokens would read as a person's.
   */
  personClaims?: readonly string[];
  /** The registered extra claim that names the subject of client-credentials tokens; by default it is the client id. It cannot name a person. */
  subjectClaim?: string;
  /** The metadata document that publishes the contract's token endpoint, for contracts that clients can discover. */
  discovery?: { document: "oauth-authorization-server" | "openid-configuration"; grantTypes: readonly string[] };
  /** Claims beside `iss`, `iat`, `exp`, `jti` and the client's extra claims. Pure. */
  claims(decision: Decision, issuer: string): Record<string, unknown>;
  /** Claims that are true of a token in place of its own once its user is no longer stepped up, for introspection. */
  claimsAfterStepUp?: Readonly<Record<string, unknown>>;
}
