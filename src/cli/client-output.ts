import type { RegisteredClient } from "../registration/registration";
import type { ClientRecord } from "../store/clients/admin";
import { type CommandOutput, formatDetails, formatTable, formatTime, formatTimeOrNull, joinItems } from "./output";

type ClientJson = ReturnType<typeof toClientJson>;

/** A client as JSON. Of its secrets it shows only the times. */
export function toClientJson(client: ClientRecord) {
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
    id_token_signed_response_alg: client.idTokenAlgorithm,
    jwks: client.jwks === null ? null : { keys: client.jwks },
    jwks_uri: client.jwksUri,
    tls_subject: client.tlsSubject,
    certificate_bound_tokens: client.certificateBoundTokens,
    redirect_uris: client.redirectUris,
    origins: client.origins,
    lifetime_seconds: client.lifetimeSeconds,
    claims: client.claims,
    secrets: client.secrets.map(({ createdAt, expiresAt }) => ({
      created_at: formatTime(createdAt),
      expires_at: formatTimeOrNull(expiresAt),
    })),
    created_at: formatTime(client.createdAt),
    updated_at: formatTime(client.updatedAt),
  };
}

/** A client that was just registered, with its secret in clear, and the keys of its JWKS that are not stored. */
export function formatRegistered({ client, secret, leftOutKeys }: RegisteredClient): CommandOutput {
  const warnings = warnOfOrigins(client);
  const json = { ...toClientJson(client), ...(leftOutKeys.length === 0 ? {} : { left_out_keys: leftOutKeys }) };
  const notes = leftOutKeys.map((sentence) => `\n\nLeft out of the JWKS: ${sentence}.`).join("");
  if (secret === undefined) return { json, text: `${formatDetails({ client_id: client.id })}${notes}`, warnings };
  const { kind, value } = secret;
  const text = `${formatDetails({ client_id: client.id, [kind]: value })}${notes}\n\nKeep the ${kind} now: it is not shown again.`;
  const { client_id, ...rest } = json;
  return { json: { client_id, [kind]: value, ...rest }, text, warnings };
}

/** @returns a warning if pages may call the server as a client that has a secret */
export function warnOfOrigins({ id, origins, secrets }: ClientRecord): string[] {
  if (origins.length === 0 || secrets.length === 0) return [];
  return [
    `Client ${id} has a secret, which no web page can keep: each visitor can read it, and then is the client. Let the server of ${origins.join(", ")} ask for the tokens, or keep this client to tests.`,
  ];
}

export function formatClient(client: ClientRecord): CommandOutput {
  const json = toClientJson(client);
  return { json, text: formatDetails(formatCells(json)) };
}

function formatCells(json: ClientJson): Record<string, string | number | null> {
  return {
    client_id: json.client_id,
    name: json.name,
    status: json.status,
    contracts: joinItems(json.contracts),
    services: joinItems(json.services),
    grants: joinItems(json.grants),
    scopes: joinItems(json.scopes),
    auth_methods: joinItems(json.auth_methods),
    assertion_algorithms: joinItems(json.assertion_algorithms),
    id_token_alg: json.id_token_signed_response_alg,
    jwks:
      json.jwks === null
        ? null
        : joinItems(json.jwks.keys.map(({ kty, kid }) => `${kty ?? "?"} ${typeof kid === "string" ? kid : "without kid"}`)),
    jwks_uri: json.jwks_uri,
    tls_subject: json.tls_subject === null ? null : `${json.tls_subject.kind} ${json.tls_subject.value}`,
    bound_tokens: json.certificate_bound_tokens ? "yes" : "no",
    redirect_uris: joinItems(json.redirect_uris),
    origins: joinItems(json.origins),
    lifetime: json.lifetime_seconds === null ? null : `${json.lifetime_seconds} s`,
    claims: joinItems(Object.entries(json.claims).map(([name, value]) => `${name}=${JSON.stringify(value)}`)),
    secrets: joinItems(
      json.secrets.map(({ created_at, expires_at }) => `made ${created_at}${expires_at === null ? "" : `, ends ${expires_at}`}`),
    ),
    created_at: json.created_at,
    updated_at: json.updated_at,
  };
}

export function formatClients(clients: readonly ClientRecord[]): CommandOutput {
  const rows = clients.map(({ id, name, status, contracts, services, createdAt }) => [
    id,
    name,
    status,
    joinItems([...contracts, ...services]),
    formatTime(createdAt),
  ]);
  const text = rows.length === 0 ? "There are no such clients." : formatTable(["CLIENT_ID", "NAME", "STATUS", "MAY USE", "CREATED"], rows);
  return { json: { clients: clients.map(toClientJson) }, text };
}
