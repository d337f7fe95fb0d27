import { invalidRequest, Refusal } from "./refusal";
import type { AssertionUse } from "./redemption";
import type { Credential } from "./token-request";
import type { AuthMethod, Client } from "./client";

/** A client that proved itself, and the assertion it did it with, which must be spent before anything is given for it. */
export interface Authenticated {
  client: Client;
  /** How; the client is registered for it, and it is offered here. */
  method: AuthMethod;
  spends?: AssertionUse;
}

/** Where and when a credential was presented. */
export interface AuthContext {
  /** Epoch milliseconds. */
  now: number;
  /** What a client assertion may name as its audience (RFC 7523 §3): our issuer, or the endpoint's URL. */
  audiences: readonly string[];
  /** Address that the request came from. */
  source: string;
}

/** Where clients reach us: our issuer, and the base URL for clients with certificates where there is one. */
export interface Addresses {
  issuer: string;
  tlsUrl?: string | undefined;
}

/** What an assertion presented at a path may name as its audience; the endpoint's alias is as good as itself (RFC 8705 §5). */
export function listAudiences(path: string, { issuer, tlsUrl }: Addresses): string[] {
  return [issuer, `${issuer}${path}`, ...(tlsUrl === undefined ? [] : [`${tlsUrl}${path}`])];
}

/** Checks one kind of credential. Throws `invalid_client` for whatever does not prove a registered client. */
export type Authenticator<Kind extends Credential["method"]> = (
  credential: Extract<Credential, { method: Kind }>,
  context: AuthContext,
) => Promise<Authenticated>;

export type Authenticators = { [Kind in Credential["method"]]: Authenticator<Kind> };

/** What a client must be, beyond genuine, to be let in here. */
export interface Admission {
  methods: readonly AuthMethod[];
  /** Whether the client is registered for what was called, by this method. One that is not is answered like an unknown one. */
  admits(client: Client, method: AuthMethod): boolean;
}

/**
 * Phase one: who is asking? Exactly one credential (RFC 6749 §2.3), of a method this endpoint offers and the client is
 * registered for. A disabled client is told apart from an unknown one only after it has proved itself.
 * @throws Refusal `invalid_request` for several credentials, `invalid_client`, `client_disabled`
 */
export function makeAuthenticate(authenticators: Authenticators) {
  return async function authenticate(
    credentials: readonly Credential[],
    admission: Admission,
    context: AuthContext,
  ): Promise<Authenticated> {
    const [credential, ...others] = credentials;
    if (credential === undefined) throw new Refusal("invalid_client", "no credential was presented");
    if (others.length > 0) throw refuseSeveralCredentials(credentials);
    if (!mayProve(credential.method, admission.methods)) {
      throw new Refusal("invalid_client", `${credential.method} is not offered here`);
    }
    const authenticator = authenticators[credential.method] as Authenticator<typeof credential.method>;
    const authenticated = await authenticator(credential, context);
    const { client, method } = authenticated;
    if (!client.authMethods.includes(method) || !admission.methods.includes(method)) {
      throw new Refusal("invalid_client", `client ${client.id} is not registered for ${method}, or it is not offered here`);
    }
    if (!admission.admits(client, method)) throw new Refusal("invalid_client", `client ${client.id} is not registered for this endpoint`);
    if (client.status !== "active") throw new Refusal("client_disabled", `client ${client.id} is disabled`);
    return authenticated;
  };
}

/** A certificate may prove a client in either of two ways; every other kind of credential is a method of its own. */
function mayProve(kind: Credential["method"], offered: readonly AuthMethod[]): boolean {
  if (kind !== "client_certificate") return offered.includes(kind);
  return offered.includes("tls_client_auth") || offered.includes("self_signed_tls_client_auth");
}

export type Authenticate = ReturnType<typeof makeAuthenticate>;

function refuseSeveralCredentials(credentials: readonly Credential[]): Refusal {
  const methods = credentials.map((credential) => credential.method).join(" and ");
  return invalidRequest(`several credentials: ${methods}`, {
    in: "header",
    path: ["authorization"],
    rule: "exactly_one",
    message: "Use one way of client authentication, not several",
  });
}
