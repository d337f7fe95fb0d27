import type { Client } from "../../engine/client";

/** What the table `clients` keeps of a client. Its secrets have a table of their own. */
export type ClientFields = Omit<Client, "secretDigests">;

interface ClientColumn<Value = unknown> {
  column: string;
  /** What is stored if a new client leaves the field out. A field without a fallback must be given. */
  fallback?: Value;
  /** The column is jsonb and gets text: the driver would send an array as a PostgreSQL array. */
  json?: true;
}

/** The one list of a client's fields and their columns: a field of the engine's `Client` that is missing here does not compile. */
const columns = {
  /** Made by this server of `[A-Za-z0-9_-]`, or given by a registry elsewhere. */
  id: { column: "id" },
  name: { column: "name" },
  status: { column: "status", fallback: "active" },
  contracts: { column: "dialects" },
  services: { column: "services", fallback: [] },
  grants: { column: "grants" },
  scopes: { column: "scopes", fallback: [] },
  authMethods: { column: "auth_methods" },
  jwks: { column: "jwks", fallback: null, json: true },
  jwksUri: { column: "jwks_uri", fallback: null },
  assertionAlgorithms: { column: "assertion_algorithms", fallback: [] },
  idTokenAlgorithm: { column: "id_token_signed_response_alg", fallback: null },
  redirectUris: { column: "redirect_uris", fallback: [] },
  origins: { column: "origins", fallback: [] },
  tlsSubject: { column: "tls_subject", fallback: null, json: true },
  certificateBoundTokens: { column: "certificate_bound_tokens", fallback: false },
  lifetimeSeconds: { column: "lifetime_seconds", fallback: null },
  claims: { column: "claims", fallback: {}, json: true },
} as const satisfies { [Field in keyof ClientFields]: ClientColumn<ClientFields[Field]> };

type FieldWithFallback = {
  [Field in keyof ClientFields]: (typeof columns)[Field] extends { fallback: unknown } ? Field : never;
}[keyof ClientFields];

type GivenFields = { [Field in keyof ClientFields]: NonNullable<ClientFields[Field]> };

/** A client to be registered: all its fields, of which those with a fallback may be left out. It starts active. */
export type NewClient = Omit<GivenFields, FieldWithFallback> &
  Partial<Pick<GivenFields, Exclude<FieldWithFallback, "status">>> & {
    /** Subjects that its tokens may name beside its own id. None may be the id of a person, a user or an identity. */
    namedSubjects?: readonly string[];
    /** HMAC of its first secret or API key. */
    secretDigest?: Buffer;
  };

const columnsByField = Object.entries(columns) as [keyof ClientFields, ClientColumn][];

/** The columns as a SELECT lists them, named as in the engine. @param table the alias of `clients` in the statement */
export function listColumns(table: string): string {
  return columnsByField.map(([field, { column }]) => `${table}.${column} AS "${field}"`).join(", ");
}

/** @returns a new client's row, without its times */
export function toRow(client: NewClient): Record<string, unknown> {
  const given: Partial<Record<keyof ClientFields, unknown>> = client;
  const cells = columnsByField.map(([field, { column, fallback, json }]) => {
    const value = given[field] ?? fallback;
    return [column, json === true && value !== null ? JSON.stringify(value) : value] as const;
  });
  return Object.fromEntries(cells);
}

/** @returns the fields that a row of `clients` holds */
export function toFields(row: Readonly<Record<string, unknown>>): ClientFields {
  return Object.fromEntries(columnsByField.map(([field, { column }]) => [field, row[column]])) as ClientFields;
}
