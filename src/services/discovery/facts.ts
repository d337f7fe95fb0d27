import type { ContractPolicy } from "../../engine/policy";
import type { AuthMethod, IdTokenAlgorithm } from "../../engine/client";

/** The facts about the configured server that the metadata documents state. */
export interface MetadataFacts {
  issuer: string;
  /** Base URL of the TLS listener, if there is one. */
  tlsUrl: string | undefined;
  /** The server can see client certificates, on its own TLS listener or through a trusted proxy. */
  takesCertificates: boolean;
  /** The contracts that are switched on. */
  contracts: readonly PublishedContract[];
  /** Paths of the endpoints. */
  endpoints: Readonly<Record<"keys" | "introspection" | "revocation" | "deviceAuthorization" | "authorization" | "userinfo", string>>;
  /** How clients may authenticate at introspection and revocation. */
  serviceAuthMethods: Readonly<Record<"introspection" | "revocation", readonly AuthMethod[]>>;
}

export interface PublishedContract {
  policy: ContractPolicy;
  /** What its id_tokens may be signed with. */
  idTokenAlgorithms: readonly IdTokenAlgorithm[];
  /** Path of its token endpoint. */
  path: string;
  /** What comes before the path: the issuer, or a URL with the contract's own host. */
  baseUrl: string;
}

/** Methods and grant types that need a client certificate. */
const byCertificate: readonly string[] = ["tls_client_auth", "self_signed_tls_client_auth"];

/** Omits the methods that need a certificate if the server cannot see certificates. */
export function omitUnreachable<Name extends string>(names: readonly Name[], facts: MetadataFacts): Name[] {
  return names.filter((name) => facts.takesCertificates || !byCertificate.includes(name));
}
