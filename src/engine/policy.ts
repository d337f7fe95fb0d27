import type { AuthMethod, SigningAlgorithm } from "./client";
import type { Decision } from "./decision";
import type { GrantType } from "./grant-request";

/** What sets one contract apart from another, as values: the engine has no branch on a contract's name. */
export interface ContractPolicy {
  /** Client-authentication methods offered; the first is what a new client is registered for. */
  authMethods: readonly [AuthMethod, ...AuthMethod[]];
  /** Grants offered. A new client is registered for all of them but those that are opt-in. */
  grants: readonly [GrantType, ...GrantType[]];
  /** An id_token comes with tokens of persons who granted `openid` (OIDC Core §3.1.3.3). */
  identifiesPersons?: true;
  /** For contracts that have refresh tokens: the scope they come with, and the seconds they live, in all and unused. */
  refreshTokens?: { scope: string; absoluteSeconds: number; idleSeconds: number };
  /** `registered`: the request names none and gets all; `optional`: none named means all; `required`: must be named. */
  scope: "registered" | "optional" | "required";
  /** Seconds. */
  lifetimeSeconds: number;
  algorithm: SigningAlgorithm;
  /** JOSE `typ` of access tokens: `at+jwt` where all claims of RFC 9068 are there, else `JWT`. */
  typ: "at+jwt" | "JWT";
  /** The registered extra claim that names the subject of client-credentials tokens; the client id where absent. */
  subjectClaim?: string;
  /** The document in which the contract's token endpoint is published, for contracts that clients can discover. */
  discovery?: { document: "oauth-authorization-server" | "openid-configuration"; grantTypes: readonly string[] };
  /** Claims beside `iss`, `iat`, `exp`, `jti` and the client's extra claims. Pure. */
  claims(decision: Decision, issuer: string): Record<string, unknown>;
}
