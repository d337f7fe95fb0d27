import type { ContractPolicy } from "../../engine/policy";
import type { AuthMethod, SigningAlgorithm } from "../../engine/client";

/** What the server offers as it is configured: the metadata say this and nothing else. */
export interface MetadataFacts {
  issuer: string;
  /** Base URL of the TLS listener, if there is one. */
  tlsUrl: string | undefined;
  /** A client's certificate can reach us, over our own listener or through a listed proxy. */
  takesCertificates: boolean;
  /** The contracts that are switched on. */
  contracts: readonly PublishedContract[];
  /** Paths. */
  endpoints: Readonly<Record<"keys" | "introspection" | "revocation" | "deviceAuthorization" | "authorization" | "userinfo", string>>;
  /** How clients may prove themselves at introspection and revocation. */
  serviceAuthMethods: readonly AuthMethod[];
}

export interface PublishedContract {
  policy: ContractPolicy;
  algorithm: SigningAlgorithm;
  /** Of its token endpoint. */
  path: string;
}

/** Ways that only a certificate opens, be it as a method or as a grant type. */
const byCertificate: readonly string[] = ["tls_client_auth", "self_signed_tls_client_auth"];

/** Leaves out what needs a certificate where none can reach us. */
export function omitUnreachable<Name extends string>(names: readonly Name[], facts: MetadataFacts): Name[] {
  return names.filter((name) => facts.takesCertificates || !byCertificate.includes(name));
}
