import type { JsonWebKey } from "node:crypto";
import type { Login } from "./person";
import type { AssertionUse, Redemption } from "./redemption";

/** Milliseconds since the epoch. The process has one real clock, in `main.ts`; everything else is given one. */
export type Clock = () => number;

/** Signature algorithms a token may be signed with (RFC 7518 §3.1). */
export const signingAlgorithms = ["ES256", "RS256", "PS256", "HS256"] as const;
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

/** How a client may prove itself. One file each in `src/client-auth/`. */
export const authMethods = [
  "client_secret_basic",
  "client_secret_post",
  "private_key_jwt",
  "tls_client_auth",
  "self_signed_tls_client_auth",
  "none",
  "api_key",
] as const;
export type AuthMethod = (typeof authMethods)[number];

/** What a client may ask a token for. One file each in `src/engine/grants/`. */
export const grantTypes = [
  "client_credentials",
  "authorization_code",
  "refresh_token",
  "device_code",
  "auth_token",
  "delegated_assertion",
  "one_time_token",
] as const;
export type GrantType = (typeof grantTypes)[number];

/** Supporting APIs that a client must be registered for. */
export const serviceNames = ["introspection", "revocation"] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Signature algorithms accepted in client assertions; RS256 only where a client is registered so (FAPI 2.0 §5.4). */
export const assertionAlgorithms = ["PS256", "ES256", "RS256"] as const;
export type AssertionAlgorithm = (typeof assertionAlgorithms)[number];

/** The one thing that a client's certificate must say, for tls_client_auth (RFC 8705 §2.1.2). */
export const tlsSubjectKinds = ["subject_dn", "san_dns", "san_uri", "san_ip", "san_email"] as const;
export interface TlsSubject {
  kind: (typeof tlsSubjectKinds)[number];
  /** For `subject_dn` in the form of RFC 4514. */
  value: string;
}

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
  /** Where an authorization response may be sent; compared character by character (RFC 9700 §2.1). */
  redirectUris: readonly string[];
  /** What its certificate must say, where it proves itself by tls_client_auth. */
  tlsSubject: TlsSubject | null;
  /** Every token is bound to the certificate of the connection, however the client proves itself (RFC 8705 §3.4). */
  certificateBoundTokens: boolean;
  /** Seconds; overrides the dialect's lifetime. */
  lifetimeSeconds: number | null;
  /** Extra claims for this client's access tokens, such as `firstVisionId`. */
  claims: Readonly<Record<string, unknown>>;
}

/**
 * A certificate whose private key the caller proved to hold: on our own TLS listener, or to a proxy we trust. Nobody has
 * yet looked at whom it names.
 */
export interface ClientCertificate {
  /** `x5t#S256`: SHA-256 of the DER form, base64url (RFC 8705 §3.1). */
  thumbprint: string;
  /** DER form. */
  der: Buffer;
  /** Why it does not chain up to a client CA of ours; undefined if it does. For the log. */
  untrusted: string | undefined;
}

/** What a request presented to prove who it comes from, before anyone checked it. */
export type Credential =
  | { method: "client_secret_basic"; clientId: string; clientSecret: string }
  | { method: "client_secret_post"; clientId: string; clientSecret: string }
  | { method: "private_key_jwt"; assertion: string; clientId: string | undefined }
  /** For tls_client_auth and self_signed_tls_client_auth: which of them is for the client's registration to say. */
  | { method: "client_certificate"; clientId: string; certificate: ClientCertificate }
  | { method: "none"; clientId: string }
  | { method: "api_key"; apiKey: string };

export type IdentityType = "CONSUMER" | "CORPORATE";

/** What a request asks for, before anyone decided on it. */
export type GrantRequest =
  | { type: "client_credentials"; scope: readonly string[] | undefined }
  | { type: "authorization_code"; code: string; redirectUri: string; codeVerifier: string }
  | { type: "refresh_token"; refreshToken: string; scope: readonly string[] | undefined }
  | { type: "device_code"; deviceCode: string }
  | { type: "auth_token"; authToken: string | undefined; identity: AskedIdentity }
  | { type: "delegated_assertion"; assertion: string; identity: AskedIdentity }
  | { type: "one_time_token"; token: string; identity: AskedIdentity };

export interface AskedIdentity {
  type: IdentityType;
  id: string;
}

/** What a dialect makes of a request: all the engine will ever see of it. */
export interface TokenRequest {
  /** Every credential the request carried; more than one is refused (RFC 6749 §2.3). */
  credentials: readonly Credential[];
  grant: GrantRequest;
  /** The certificate of the connection, in contracts that bind tokens to one (RFC 8705 §3). */
  certificate?: ClientCertificate | undefined;
}

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
  login?: Login;
  /** What is used up for this token, in the transaction that records it. */
  redeems?: Redemption;
  /** An assertion that was the grant itself, not the client's authentication. */
  spends?: AssertionUse;
  /** A refresh token to be handed out beside it; recorded through {@link Redemption}. */
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

/** What sets one contract apart from another, as values: the engine has no branch on a dialect's name. */
export interface DialectPolicy {
  /** Client-authentication methods offered; the first is what a new client is registered for. */
  authMethods: readonly [AuthMethod, ...AuthMethod[]];
  /** Grants offered; a new client is registered for all of them but those that must be asked for. */
  grants: readonly [GrantType, ...GrantType[]];
  /** Grants that only clients registered for them by name may use, because they involve a person. */
  optInGrants?: readonly GrantType[];
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

/** Filled in as a request is understood, for its log line: nothing here is ever secret. */
export interface IssueNote {
  /** The client, once it has proved itself. */
  client?: string;
  grant?: string;
  /** The `jti` of the token that was issued. */
  jti?: string;
  /** Path of the page, where it was a page that was asked for. */
  page?: string;
  /** The person who is logged in there. */
  person?: string;
}
