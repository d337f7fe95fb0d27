import type { Knex } from "knex";
import { explainInsertErrors } from "../database/errors";
import { reserveClientIds } from "../subject-ids";
import { toEpochSeconds, toEpochSecondsOrNull, toTimestamp } from "../database/timestamps";
import { type ClientFields, type NewClient, toFields, toRow } from "./columns";

/** A secret as an operator may see it. Times are epoch seconds. */
export interface SecretRecord {
  createdAt: number;
  /** Null if the secret does not expire. */
  expiresAt: number | null;
}

/** A client as an operator sees it. Times are epoch seconds. */
export interface ClientRecord extends ClientFields {
  secrets: SecretRecord[];
  createdAt: number;
  updatedAt: number;
}

/**
 * Writes a client and its first secret.
 * @param now epoch milliseconds
 * @throws ConflictError if the id, or the secret, is taken, or a human has the id
 */
export async function insertClient(transaction: Knex.Transaction, client: NewClient, now: number): Promise<void> {
  await reserveClientIds(transaction, [client.id, ...(client.namedSubjects ?? [])]);
  const row = { ...toRow(client), created_at: toTimestamp(now), updated_at: toTimestamp(now) };
  await explainInsertErrors(transaction("clients").insert(row).then(), { conflict: `there is a client ${client.id} already` });
  if (client.secretDigest !== undefined) await insertSecret(transaction, client.id, client.secretDigest, now);
}

/**
 * Writes the changed fields of a client; its status stays.
 * @param now epoch milliseconds
 * @throws ConflictError if a human has the id of a subject that its tokens name
 */
export async function updateClient(transaction: Knex.Transaction, client: NewClient, now: number): Promise<void> {
  await reserveClientIds(transaction, client.namedSubjects ?? []);
  const row: Record<string, unknown> = { ...toRow(client), updated_at: toTimestamp(now) };
  delete row.status;
  await transaction("clients").where("id", client.id).update(row);
}

/** @throws ConflictError if the same secret exists already, of this client or another */
export async function insertSecret(transaction: Knex.Transaction, clientId: string, digest: Buffer, now: number): Promise<void> {
  const row = { client_id: clientId, digest, created_at: toTimestamp(now) };
  await explainInsertErrors(transaction("client_secrets").insert(row).then(), { conflict: "this secret is in use already" });
}

/** A row of `clients`; `columns.ts` lists the other columns. */
export type ClientRow = Readonly<Record<string, unknown>> & { readonly id: string; readonly created_at: Date; readonly updated_at: Date };

export interface SecretRow {
  id: string;
  client_id: string;
  created_at: Date;
  expires_at: Date | null;
}

/** @param secrets rows of this client's secrets */
export function toClientRecord(row: ClientRow, secrets: readonly SecretRow[]): ClientRecord {
  return {
    ...toFields(row),
    secrets: secrets.map((secret) => ({
      createdAt: toEpochSeconds(secret.created_at),
      expiresAt: toEpochSecondsOrNull(secret.expires_at),
    })),
    createdAt: toEpochSeconds(row.created_at),
    updatedAt: toEpochSeconds(row.updated_at),
  };
}
