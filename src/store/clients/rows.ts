import type { JsonWebKey } from "node:crypto";
import type { GrantType } from "../../engine/grant-request";
import type { Knex } from "knex";
import type { AssertionAlgorithm, AuthMethod, Client, ServiceName, TlsSubject } from "../../engine/client";
import { explainInsertErrors } from "../database/errors";
import { toEpochSeconds, toEpochSecondsOrNull, toTimestamp } from "../database/timestamps";

/** A client to be registered. What is left out is empty, or the contract's default where there is one. */
export interface NewClient {
  /** One of `[A-Za-z0-9_-]`, or whatever a registry elsewhere gave it. */
  id: string;
  name: string;
  contracts: readonly string[];
  services?: readonly ServiceName[];
  grants: readonly GrantType[];
  scopes?: readonly string[];
  authMethods: readonly AuthMethod[];
  /** HMAC of its first secret or API key. */
  secretDigest?: Buffer;
  jwks?: readonly JsonWebKey[];
  jwksUri?: string;
  assertionAlgorithms?: readonly AssertionAlgorithm[];
  redirectUris?: readonly string[];
  tlsSubject?: TlsSubject;
  certificateBoundTokens?: boolean;
  /** 1 to 2,592,000. */
  lifetimeSeconds?: number;
  claims?: Readonly<Record<string, unknown>>;
}

/** A secret as an operator may see it. Times are epoch seconds. */
export interface SecretRecord {
  createdAt: number;
  /** Null while it has no end. */
  expiresAt: number | null;
}

/** A client as an operator sees it. Times are epoch seconds. */
export interface ClientRecord extends Omit<Client, "secretDigests"> {
  secrets: SecretRecord[];
  createdAt: number;
  updatedAt: number;
}

/**
 * Writes a client and its first secret.
 * @param now epoch milliseconds
 * @throws ConflictError if the id, or the secret, is taken
 */
export async function insertClient(transaction: Knex.Transaction, client: NewClient, now: number): Promise<void> {
  const row = {
    id: client.id,
    name: client.name,
    dialects: client.contracts,
    services: client.services ?? [],
    grants: client.grants,
    scopes: client.scopes ?? [],
    auth_methods: client.authMethods,
    jwks: client.jwks === undefined ? null : JSON.stringify(client.jwks),
    jwks_uri: client.jwksUri ?? null,
    assertion_algorithms: client.assertionAlgorithms ?? [],
    redirect_uris: client.redirectUris ?? [],
    tls_subject: client.tlsSubject === undefined ? null : JSON.stringify(client.tlsSubject),
    certificate_bound_tokens: client.certificateBoundTokens ?? false,
    lifetime_seconds: client.lifetimeSeconds ?? null,
    claims: JSON.stringify(client.claims ?? {}),
    created_at: toTimestamp(now),
    updated_at: toTimestamp(now),
  };
  await explainInsertErrors(transaction("clients").insert(row).then(), { conflict: `there is a client ${client.id} already` });
  if (client.secretDigest !== undefined) await insertSecret(transaction, client.id, client.secretDigest, now);
}

/** @throws ConflictError if this very secret exists already */
export async function insertSecret(transaction: Knex.Transaction, clientId: string, digest: Buffer, now: number): Promise<void> {
  const row = { client_id: clientId, digest, created_at: toTimestamp(now) };
  await explainInsertErrors(transaction("client_secrets").insert(row).then(), { conflict: "this secret is in use already" });
}

export interface ClientRow {
  id: string;
  name: string;
  status: Client["status"];
  dialects: string[];
  services: ServiceName[];
  grants: GrantType[];
  scopes: string[];
  auth_methods: AuthMethod[];
  jwks: JsonWebKey[] | null;
  jwks_uri: string | null;
  assertion_algorithms: AssertionAlgorithm[];
  redirect_uris: string[];
  tls_subject: TlsSubject | null;
  certificate_bound_tokens: boolean;
  lifetime_seconds: number | null;
  claims: Record<string, unknown>;
  created_at: Date;
  updated_at: Date;
}

export interface SecretRow {
  id: string;
  client_id: string;
  created_at: Date;
  expires_at: Date | null;
}

export function toClientRecord(row: ClientRow, secrets: readonly SecretRow[]): ClientRecord {
  return {
    id: row.id,
    name: row.name,
    status: row.status,
    contracts: row.dialects,
    services: row.services,
    grants: row.grants,
    scopes: row.scopes,
    authMethods: row.auth_methods,
    jwks: row.jwks,
    jwksUri: row.jwks_uri,
    assertionAlgorithms: row.assertion_algorithms,
    redirectUris: row.redirect_uris,
    tlsSubject: row.tls_subject,
    certificateBoundTokens: row.certificate_bound_tokens,
    lifetimeSeconds: row.lifetime_seconds,
    claims: row.claims,
    secrets: secrets
      .filter((secret) => secret.client_id === row.id)
      .map((secret) => ({ createdAt: toEpochSeconds(secret.created_at), expiresAt: toEpochSecondsOrNull(secret.expires_at) })),
    createdAt: toEpochSeconds(row.created_at),
    updatedAt: toEpochSeconds(row.updated_at),
  };
}
