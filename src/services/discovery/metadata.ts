import type { components } from "../../../generated/services/discovery";
import { personClaimNames } from "../../engine/person-claims";
import { assertionAlgorithms } from "../../engine/client";
import { offlineAccess } from "../../engine/scope";
import { type MetadataFacts, type PublishedContract, omitUnreachable } from "./facts";

type AuthorizationServerMetadata = components["schemas"]["AuthorizationServerMetadata"];
type OpenidConfiguration = components["schemas"]["OpenIdConfiguration"];

/** Makes the metadata of RFC 8414 §2. @returns undefined if no contract that is switched on publishes this document */
export function makeAuthorizationServerMetadata(facts: MetadataFacts): AuthorizationServerMetadata | undefined {
  const contract = findPublisher("oauth-authorization-server", facts);
  if (contract === undefined) return undefined;
  return {
    ...makeCommonMetadata(contract, facts),
    token_endpoint_auth_signing_alg_values_supported: [...assertionAlgorithms],
    device_authorization_endpoint: joinUrl(facts.issuer, facts.endpoints.deviceAuthorization),
    ...makeCertificateMetadata(facts, {
      // At the listener's host, a contract of another host does not answer.
      ...(contract.baseUrl === facts.issuer ? { token_endpoint: contract.path } : {}),
      device_authorization_endpoint: facts.endpoints.deviceAuthorization,
    }),
  };
}

/** Makes the metadata of OpenID Connect Discovery 1.0 §3. @returns undefined if no contract that is switched on publishes this document */
export function makeOpenidConfiguration(facts: MetadataFacts): OpenidConfiguration | undefined {
  const contract = findPublisher("openid-configuration", facts);
  if (contract === undefined) return undefined;
  return {
    ...makeCommonMetadata(contract, facts),
    authorization_endpoint: joinUrl(facts.issuer, facts.endpoints.authorization),
    userinfo_endpoint: joinUrl(facts.issuer, facts.endpoints.userinfo),
    scopes_supported: ["openid", "email", "profile", ...listRefreshScopes(contract)],
    claims_supported: ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", ...personClaimNames],
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: [...contract.idTokenAlgorithms],
    code_challenge_methods_supported: ["S256"],
    prompt_values_supported: ["none", "login", "consent", "select_account"],
    authorization_response_iss_parameter_supported: true,
    claims_parameter_supported: false,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    ...makeCertificateMetadata(facts, { userinfo_endpoint: facts.endpoints.userinfo }),
  };
}

/** The contract's scope for refresh tokens, and the name that OpenID Connect has for it (OIDC Core §11). */
function listRefreshScopes({ policy: { refreshTokens } }: PublishedContract): string[] {
  return refreshTokens === undefined ? [] : [refreshTokens.scope, offlineAccess];
}

function findPublisher(
  document: "oauth-authorization-server" | "openid-configuration",
  facts: MetadataFacts,
): PublishedContract | undefined {
  return facts.contracts.find(({ policy }) => policy.discovery?.document === document);
}

function makeCommonMetadata({ policy, path, baseUrl }: PublishedContract, facts: MetadataFacts) {
  const { issuer, endpoints } = facts;
  const { introspection, revocation } = facts.serviceAuthMethods;
  return {
    issuer,
    token_endpoint: joinUrl(baseUrl, path),
    jwks_uri: joinUrl(issuer, endpoints.keys),
    grant_types_supported: omitUnreachable(policy.discovery?.grantTypes ?? [], facts),
    token_endpoint_auth_methods_supported: omitUnreachable(policy.authMethods, facts),
    introspection_endpoint: joinUrl(issuer, endpoints.introspection),
    introspection_endpoint_auth_methods_supported: omitUnreachable(introspection, facts),
    introspection_endpoint_auth_signing_alg_values_supported: [...assertionAlgorithms],
    revocation_endpoint: joinUrl(issuer, endpoints.revocation),
    revocation_endpoint_auth_methods_supported: omitUnreachable(revocation, facts),
    revocation_endpoint_auth_signing_alg_values_supported: [...assertionAlgorithms],
  };
}

/** RFC 8705 §3.3 and §5: states that tokens can be bound to a certificate, and at which URLs to present one. */
function makeCertificateMetadata(facts: MetadataFacts, own: Partial<Record<keyof components["schemas"]["MtlsEndpointAliases"], string>>) {
  if (!facts.takesCertificates) return {};
  const bound = { tls_client_certificate_bound_access_tokens: true } as const;
  const { tlsUrl, endpoints } = facts;
  if (tlsUrl === undefined) return bound;
  const paths = { ...own, introspection_endpoint: endpoints.introspection, revocation_endpoint: endpoints.revocation };
  const aliases = Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, joinUrl(tlsUrl, path)]));
  return { ...bound, mtls_endpoint_aliases: aliases };
}

function joinUrl(base: string, path: string): string {
  return `${base}${path}`;
}
