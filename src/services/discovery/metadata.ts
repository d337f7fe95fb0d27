import type { components } from "../../../generated/services/discovery";
import type { PersonClaims } from "../../engine/person-claims";
import { assertionAlgorithms } from "../../engine/client";
import { type Offer, type OfferedContract, reachable } from "./offer";

type AuthorizationServerMetadata = components["schemas"]["AuthorizationServerMetadata"];
type OpenidConfiguration = components["schemas"]["OpenidConfiguration"];

/** Every one of them, which the compiler sees to. */
const personClaims: Record<keyof PersonClaims, true> = {
  email: true,
  email_verified: true,
  name: true,
  first_name: true,
  last_name: true,
  country_code: true,
  picture: true,
  updated_at: true,
};

/** RFC 8414 §2. @returns undefined if no contract that is switched on publishes this document */
export function authorizationServerMetadata(offer: Offer): AuthorizationServerMetadata | undefined {
  const contract = publisherOf("oauth-authorization-server", offer);
  if (contract === undefined) return undefined;
  return {
    ...common(contract, offer),
    response_types_supported: [],
    token_endpoint_auth_signing_alg_values_supported: [...assertionAlgorithms],
    device_authorization_endpoint: at(offer.issuer, offer.endpoints.deviceAuthorization),
    ...certificates(offer, { token_endpoint: contract.path, device_authorization_endpoint: offer.endpoints.deviceAuthorization }),
  };
}

/** OpenID Connect Discovery 1.0 §3. @returns undefined if no contract that is switched on publishes this document */
export function openidConfiguration(offer: Offer): OpenidConfiguration | undefined {
  const contract = publisherOf("openid-configuration", offer);
  if (contract === undefined) return undefined;
  return {
    ...common(contract, offer),
    authorization_endpoint: at(offer.issuer, offer.endpoints.authorization),
    userinfo_endpoint: at(offer.issuer, offer.endpoints.userinfo),
    scopes_supported: ["openid", "email", "profile", "offline"],
    claims_supported: ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", ...Object.keys(personClaims)],
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: [contract.algorithm],
    code_challenge_methods_supported: ["S256"],
    prompt_values_supported: ["none", "login", "consent", "select_account"],
    authorization_response_iss_parameter_supported: true,
    claims_parameter_supported: false,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    ...certificates(offer, { userinfo_endpoint: offer.endpoints.userinfo }),
  };
}

function publisherOf(document: "oauth-authorization-server" | "openid-configuration", offer: Offer): OfferedContract | undefined {
  return offer.contracts.find(({ policy }) => policy.discovery?.document === document);
}

function common({ policy, path }: OfferedContract, offer: Offer) {
  const { issuer, endpoints } = offer;
  const methods = reachable(offer.serviceAuthMethods, offer);
  return {
    issuer,
    token_endpoint: at(issuer, path),
    jwks_uri: at(issuer, endpoints.keys),
    grant_types_supported: reachable(policy.discovery?.grantTypes ?? [], offer),
    token_endpoint_auth_methods_supported: reachable(policy.authMethods, offer),
    introspection_endpoint: at(issuer, endpoints.introspection),
    introspection_endpoint_auth_methods_supported: methods,
    introspection_endpoint_auth_signing_alg_values_supported: [...assertionAlgorithms],
    revocation_endpoint: at(issuer, endpoints.revocation),
    revocation_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_signing_alg_values_supported: [...assertionAlgorithms],
  };
}

/** RFC 8705 §3.3 and §5: that tokens can be bound to a certificate, and where to show one. */
function certificates(offer: Offer, own: Partial<Record<keyof components["schemas"]["Aliases"], string>>) {
  if (!offer.takesCertificates) return {};
  const bound = { tls_client_certificate_bound_access_tokens: true } as const;
  const { tlsUrl, endpoints } = offer;
  if (tlsUrl === undefined) return bound;
  const paths = { ...own, introspection_endpoint: endpoints.introspection, revocation_endpoint: endpoints.revocation };
  const aliases = Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, at(tlsUrl, path)]));
  return { ...bound, mtls_endpoint_aliases: aliases };
}

function at(base: string, path: string): string {
  return `${base}${path}`;
}
