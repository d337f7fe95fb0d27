import type { Registered } from "../registration/register";
import type { ClientRecord } from "../store/clients/admin";
import { details, iso, isoOrNull, listed, type Shown, table } from "./output";

type ClientJson = ReturnType<typeof clientJson>;

/** A client for programs. Its secrets are told by their times only. */
export function clientJson(client: ClientRecord) {
  return {
    client_id: client.id,
    name: client.name,
    status: client.status,
    contracts: client.contracts,
    services: client.services,
    grants: client.grants,
    scopes: client.scopes,
    auth_methods: client.authMethods,
    assertion_algorithms: client.assertionAlgorithms,
    jwks: client.jwks === null ? null : { keys: client.jwks },
    jwks_uri: client.jwksUri,
    tls_subject: client.tlsSubject,
    certificate_bound_tokens: client.certificateBoundTokens,
    redirect_uris: client.redirectUris,
    lifetime_seconds: client.lifetimeSeconds,
    claims: client.claims,
    secrets: client.secrets.map(({ createdAt, expiresAt }) => ({ created_at: iso(createdAt), expires_at: isoOrNull(expiresAt) })),
    created_at: iso(client.createdAt),
    updated_at: iso(client.updatedAt),
  };
}

/** What was registered, with its secret in clear. */
export function shownRegistered({ client, secret }: Registered): Shown {
  const json = clientJson(client);
  if (secret === undefined) return { json, text: details({ client_id: client.id }) };
  const { kind, value } = secret;
  const text = `${details({ client_id: client.id, [kind]: value })}\n\nKeep the ${kind} now: it is not shown again.`;
  const { client_id, ...rest } = json;
  return { json: { client_id, [kind]: value, ...rest }, text };
}

export function shownClient(client: ClientRecord): Shown {
  const json = clientJson(client);
  return { json, text: details(cellsOf(json)) };
}

function cellsOf(json: ClientJson): Record<string, string | number | null> {
  return {
    client_id: json.client_id,
    name: json.name,
    status: json.status,
    contracts: listed(json.contracts),
    services: listed(json.services),
    grants: listed(json.grants),
    scopes: listed(json.scopes),
    auth_methods: listed(json.auth_methods),
    assertion_algorithms: listed(json.assertion_algorithms),
    jwks:
      json.jwks === null
        ? null
        : listed(json.jwks.keys.map(({ kty, kid }) => `${kty ?? "?"} ${typeof kid === "string" ? kid : "without kid"}`)),
    jwks_uri: json.jwks_uri,
    tls_subject: json.tls_subject === null ? null : `${json.tls_subject.kind} ${json.tls_subject.value}`,
    bound_tokens: json.certificate_bound_tokens ? "yes" : "no",
    redirect_uris: listed(json.redirect_uris),
    lifetime: json.lifetime_seconds === null ? null : `${json.lifetime_seconds} s`,
    claims: listed(Object.entries(json.claims).map(([name, value]) => `${name}=${JSON.stringify(value)}`)),
    secrets: listed(
      json.secrets.map(({ created_at, expires_at }) => `made ${created_at}${expires_at === null ? "" : `, ends ${expires_at}`}`),
    ),
    created_at: json.created_at,
    updated_at: json.updated_at,
  };
}

export function shownClients(clients: readonly ClientRecord[]): Shown {
  const rows = clients.map(({ id, name, status, contracts, services, createdAt }) => [
    id,
    name,
    status,
    listed([...contracts, ...services]),
    iso(createdAt),
  ]);
  const text = rows.length === 0 ? "There are no such clients." : table(["CLIENT_ID", "NAME", "STATUS", "MAY USE", "CREATED"], rows);
  return { json: { clients: clients.map(clientJson) }, text };
}
