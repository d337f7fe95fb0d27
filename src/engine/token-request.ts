import type { GrantRequest } from "./grant-request";

/**
 * A certificate whose private key the caller proved to hold, on our own TLS listener or to a trusted proxy. Its names have not
 * been checked yet.
 */
export interface ClientCertificate {
  /** `x5t#S256`: SHA-256 of the DER form, base64url (RFC 8705 §3.1). */
  thumbprint: string;
  /** DER form. */
  der: Buffer;
  /** Why it does not chain up to a configured client CA, for the log; undefined if it does. */
  untrusted: string | undefined;
}

/** A JWT that a caller presented as an assertion, decoded once. Neither its signature nor its claims have been checked. */
export interface DecodedAssertion {
  /** The compact form as it was sent, which the signature is checked on (RFC 7515 §7.1). */
  compact: string;
  header: { alg: unknown; kid: string | undefined };
  payload: Readonly<Record<string, unknown>>;
}

/** Text that was presented as an assertion and cannot be one. It is refused like an assertion with a wrong signature. */
export interface MalformedAssertion {
  /** What is wrong with it, for the log. */
  fault: string;
  cause?: unknown;
}

export type PresentedAssertion = DecodedAssertion | MalformedAssertion;

/** A credential that a request presented, before it is checked. */
export type Credential =
  | { method: "client_secret_basic"; clientId: string; clientSecret: string }
  | { method: "client_secret_post"; clientId: string; clientSecret: string }
  | { method: "private_key_jwt"; assertion: PresentedAssertion; clientId: string | undefined }
  /** For tls_client_auth and self_signed_tls_client_auth; the client's registration tells which of the two. */
  | { method: "client_certificate"; clientId: string; certificate: ClientCertificate }
  | { method: "none"; clientId: string }
  | { method: "api_key"; apiKey: string };

export type IdentityType = "CONSUMER" | "CORPORATE";

export interface AskedIdentity {
  type: IdentityType;
  id: string;
}

/** A token request as a contract reads it: all that the engine sees of it. */
export interface TokenRequest {
  /** Every credential the request carried; more than one is refused (RFC 6749 §2.3). */
  credentials: readonly Credential[];
  grant: GrantRequest;
  /** The certificate of the connection, in contracts that bind tokens to it (RFC 8705 §3). */
  certificate?: ClientCertificate | undefined;
}
