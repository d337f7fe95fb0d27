import { invalidRequest, Refusal } from "./refusal";
import type { AssertionUse } from "./redemption";
import type { Asker } from "./ports/clients";
import type { Credential } from "./token-request";
import type { AuthMethod, Client } from "./client";

/** An authenticated client, and the assertion that authenticated it, which must be spent before the client gets anything. */
export interface Authenticated {
  client: Client;
  /** The method that was used: the client is registered for it, and the endpoint offers it. */
  method: AuthMethod;
  spends?: AssertionUse;
}

/** When and where a credential was presented, and who waits for the answer. */
export interface AuthContext extends Asker {
  /** Audiences that a client assertion may name (RFC 7523 §3): our issuer, or the endpoint's URL. */
  audiences: readonly string[];
}

/** The base URLs of this server: the issuer, and the URL for clients with certificates if there is one. */
export interface Addresses {
  issuer: string;
  tlsUrl?: string | undefined;
}

/**
 * Lists the audiences that an assertion presented at a path may name; the endpoint's mTLS alias counts too (RFC 8705 §5).
 * @param others of an endpoint that has further addresses
 */
export function listAudiences(path: string, { issuer, tlsUrl }: Addresses, others: readonly string[] = []): string[] {
  return [issuer, `${issuer}${path}`, ...(tlsUrl === undefined ? [] : [`${tlsUrl}${path}`]), ...others];
}

/** Checks one kind of credential. @throws Refusal `invalid_client` if it does not prove a registered client */
export type Authenticator<Kind extends Credential["method"]> = (
  credential: Extract<Credential, { method: Kind }>,
  context: AuthContext,
) => Promise<Authenticated>;

export type Authenticators = { [Kind in Credential["method"]]: Authenticator<Kind> };

/** What an endpoint requires of a client beside a valid credential. */
export interface Admission {
  methods: readonly AuthMethod[];
  /** Tells whether the client may use this endpoint with this method. If not, it is refused like an unknown client. */
  admits(client: Client, method: AuthMethod): boolean;
}

/**
 * Phase one: authenticate the client. The request must carry exactly one credential (RFC 6749 §2.3), of a method that the
 * endpoint offers and the client is registered for. A client learns that it is disabled only after it has authenticated.
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
    if (!fitsMethods(credential.method, admission.methods)) {
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

/** The methods that a certificate on the connection may stand for; with `none` it stands for nothing. */
const methodsWithCertificate: readonly AuthMethod[] = ["tls_client_auth", "self_signed_tls_client_auth", "none"];

/** Tells whether a kind of credential fits a method on offer. */
function fitsMethods(kind: Credential["method"], offered: readonly AuthMethod[]): boolean {
  return kind === "client_certificate" ? methodsWithCertificate.some((method) => offered.includes(method)) : offered.includes(kind);
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
