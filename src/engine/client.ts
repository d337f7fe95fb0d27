import type { JsonWebKey } from "node:crypto";
import type { GrantType } from "./grant-request";

/** Returns milliseconds since the epoch. The process makes one real clock; everything else takes it as an argument. */
export type Clock = () => number;

/** Signature algorithms a token may be signed with (RFC 7518 §3.1). */
export const signingAlgorithms = ["ES256", "RS256", "PS256", "HS256"] as const;
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

/** Signature algorithms of id_tokens that clients can verify with published keys (OIDC Core §10.1). RS256 is the default (OIDC Registration §2). */
export const idTokenAlgorithms = ["RS256", "ES256", "PS256"] as const satisfies readonly SigningAlgorithm[];
export type IdTokenAlgorithm = (typeof idTokenAlgorithms)[number];

/** Seconds; no client may be registered for longer-lived tokens. */
export const longestTokenSeconds = 30 * 86_400;

/** Methods of client authentication. Each has its file in `src/client-auth/`. */
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

/** Supporting APIs that a client can be registered for. Every client may revoke its own tokens; introspection needs the registration. */
export const serviceNames = ["introspection", "revocation"] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Signature algorithms accepted in client assertions; RS256 only where a client is registered so (FAPI 2.0 §5.4). */
export const assertionAlgorithms = ["PS256", "ES256", "RS256"] as const;
export type AssertionAlgorithm = (typeof assertionAlgorithms)[number];

/** The `kty` of the keys that each of them needs. */
export const assertionKeyTypes: Record<AssertionAlgorithm, string> = { PS256: "RSA", RS256: "RSA", ES256: "EC" };

/** The one name that a client's certificate must carry, for tls_client_auth (RFC 8705 §2.1.2). */
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
  contracts: readonly string[];
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
  /** What its id_tokens are signed with; null for the algorithm of its access tokens. */
  idTokenAlgorithm: IdTokenAlgorithm | null;
  /** Where an authorization response may be sent; compared character by character, but for the port of a loopback address (RFC 9700 §2.1). */
  redirectUris: readonly string[];
  /** Origins of web pages whose programs may read what it is answered (CORS), each as browsers send it. */
  origins: readonly string[];
  /** The name that its certificate must carry, if it authenticates by tls_client_auth. */
  tlsSubject: TlsSubject | null;
  /** Every token is bound to the certificate of the connection, whichever method authenticates the client (RFC 8705 §3.4). */
  certificateBoundTokens: boolean;
  /** Seconds; overrides the contract's lifetime. */
  lifetimeSeconds: number | null;
  /** Extra claims for this client's access tokens, such as a customer number. */
  claims: Readonly<Record<string, unknown>>;
}
