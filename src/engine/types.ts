import type { JsonWebKey } from "node:crypto";

/** Milliseconds since the epoch. The process has one real clock, in `main.ts`; everything else is given one. */
export type Clock = () => number;

/** Signature algorithms a token may be signed with (RFC 7518 §3.1). */
export const signingAlgorithms = ["ES256", "RS256", "PS256", "HS256"] as const;
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

/** How a client may prove itself. One file each in `src/client-auth/`. */
export const authMethods = ["client_secret_basic", "client_secret_post", "private_key_jwt", "api_key"] as const;
export type AuthMethod = (typeof authMethods)[number];

/** What a client may ask a token for. One file each in `src/engine/grants/`. */
export const grantTypes = ["client_credentials", "auth_token"] as const;
export type GrantType = (typeof grantTypes)[number];

/** Supporting APIs that a client must be registered for. */
export const serviceNames = ["introspection", "revocation"] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Signature algorithms accepted in client assertions; RS256 only where a client is registered so (FAPI 2.0 §5.4). */
export const assertionAlgorithms = ["PS256", "ES256", "RS256"] as const;
export type AssertionAlgorithm = (typeof assertionAlgorithms)[number];

/** A registered client, as the engine sees it. */
export interface Client {
  id: string;
  name: string;
  status: "active" | "disabled";
  /** Contracts this client may use. */
  dialects: readonly string[];
  services: readonly ServiceName[];
  grants: readonly GrantType[];
  scopes: readonly string[];
  authMethods: readonly AuthMethod[];
  /** HMAC-SHA-256 digests of the live secrets (at most two, so that one can be rotated without an outage). */
  secretDigests: readonly Buffer[];
  /** Public keys for client assertions: registered here, or to be fetched from `jwksUri`. */
  jwks: readonly JsonWebKey[] | null;
  jwksUri: string | null;
  assertionAlgorithms: readonly AssertionAlgorithm[];
  /** Seconds; overrides the dialect's lifetime. */
  lifetimeSeconds: number | null;
  /** Extra claims for this client's access tokens, such as `firstVisionId`. */
  claims: Readonly<Record<string, unknown>>;
}

/** What a request presented to prove who it comes from, before anyone checked it. */
export type Credential =
  | { method: "client_secret_basic"; clientId: string; clientSecret: string }
  | { method: "client_secret_post"; clientId: string; clientSecret: string }
  | { method: "private_key_jwt"; assertion: string; clientId: string | undefined }
  | { method: "api_key"; apiKey: string };

export type IdentityType = "CONSUMER" | "CORPORATE";

/** What a request asks for, before anyone decided on it. */
export type GrantRequest =
  | { type: "client_credentials"; scope: readonly string[] | undefined }
  | { type: "auth_token"; authToken: string | undefined; identity: { type: IdentityType; id: string } }
  /** A grant the contract knows and this server does not offer yet. */
  | { type: "unsupported"; name: string };

/** What a dialect makes of a request: all the engine will ever see of it. */
export interface TokenRequest {
  /** Every credential the request carried; more than one is refused (RFC 6749 §2.3). */
  credentials: readonly Credential[];
  grant: GrantRequest;
}

/** The user behind a token, where there is one. */
export interface Actor {
  type: "ROOT" | "USER";
  id: string;
}

/** What was decided: everything the token will say that does not depend on when it is made. */
export interface Decision {
  client: Client;
  grant: GrantType;
  subject: { id: string; identityType?: IdentityType };
  actor: Actor | null;
  /** How strongly the user was authenticated when there was one. */
  assurance: Assurance;
  scope: readonly string[];
}

export type Assurance = "STANDARD" | "STEPPED_UP";

/** A token as it left the engine. Times are epoch seconds. */
export interface Issued extends Decision {
  accessToken: string;
  jti: string;
  issuedAt: number;
  expiresAt: number;
}

/** What sets one contract apart from another, as values: the engine has no branch on a dialect's name. */
export interface DialectPolicy {
  /** Client-authentication methods offered; the first is what a new client is registered for. */
  authMethods: readonly [AuthMethod, ...AuthMethod[]];
  /** Grants offered; a new client is registered for all of them. */
  grants: readonly [GrantType, ...GrantType[]];
  /** `registered`: the request names none and gets all; `optional`: none named means all; `required`: must be named. */
  scope: "registered" | "optional" | "required";
  /** Seconds. */
  lifetimeSeconds: number;
  algorithm: SigningAlgorithm;
  /** JOSE `typ` of access tokens: `at+jwt` where all claims of RFC 9068 are there, else `JWT`. */
  typ: "at+jwt" | "JWT";
  /** The registered extra claim that names the subject of client-credentials tokens; the client id where absent. */
  subjectClaim?: string;
  /** Claims beside `iss`, `iat`, `exp`, `jti` and the client's extra claims. Pure. */
  claims(decision: Decision, issuer: string): Record<string, unknown>;
}

/** Filled in as a request is understood, for its log line: nothing here is ever secret. */
export interface IssueNote {
  /** The client, once it has proved itself. */
  client?: string;
  grant?: string;
  /** The `jti` of the token that was issued. */
  jti?: string;
}
