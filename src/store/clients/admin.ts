import type { Knex } from "knex";
import type { Client } from "../../engine/client";
import type { NewClient } from "./columns";
import { type ClientRecord, type ClientRow, insertClient, insertSecret, type SecretRow, toClientRecord } from "./rows";
import type { Database } from "../database";
import { ConflictError, NotFoundError } from "../database/errors";
import { toTimestamp } from "../database/timestamps";

export type { NewClient } from "./columns";
export type { ClientRecord } from "./rows";

/** How long the old secret outlives a rotation unless told otherwise. */
const keepOldByDefaultSeconds = 24 * 3600;
const liveSecretsAtMost = 2;

export interface ClientFilter {
  contract?: string;
  status?: Client["status"];
}

export interface RotateSecretOptions {
  /** Seconds the newest of the old secrets stays good; 0 ends it at once. */
  keepOldSeconds?: number;
}

/** Times (`now`) are epoch milliseconds. Running servers notice a change within two seconds. */
export interface ClientAdmin {
  /** @throws ConflictError if there is a client of that id */
  create(client: NewClient, now: number): Promise<void>;
  /** By id. Only live secrets are shown. */
  list(filter: ClientFilter, now: number): Promise<ClientRecord[]>;
  /** @throws NotFoundError */
  show(clientId: string, now: number): Promise<ClientRecord>;
  /** @throws NotFoundError */
  setStatus(clientId: string, status: Client["status"], now: number): Promise<void>;
  /** Deletes the client and all that hangs on it, but not its tokens in the ledger. @throws NotFoundError */
  delete(clientId: string): Promise<void>;
  /** Adds a secret beside the one there is. @throws NotFoundError, ConflictError if two are alive already */
  addSecret(clientId: string, digest: Buffer, now: number): Promise<void>;
  /** Puts a new secret in place; of the old ones only the newest lives on, and only for a while. @throws NotFoundError */
  rotateSecret(clientId: string, digest: Buffer, now: number, options?: RotateSecretOptions): Promise<void>;
}

export function makeClientAdmin(database: Database): ClientAdmin {
  return {
    create: (client, now) => database.transaction((transaction) => insertClient(transaction, client, now)),
    list: (filter, now) => database.build((knex) => findRecords(knex, filter, now)),
    async show(clientId, now) {
      const [found] = await database.build((knex) => findRecords(knex, { id: clientId }, now));
      if (found === undefined) throw makeClientNotFound(clientId);
      return found;
    },
    async setStatus(clientId, status, now) {
      const change = { status, updated_at: toTimestamp(now) };
      const changed = await database.build((knex) => knex("clients").where("id", clientId).update(change));
      if (changed === 0) throw makeClientNotFound(clientId);
    },
    async delete(clientId) {
      const deleted = await database.build((knex) => knex("clients").where("id", clientId).delete());
      if (deleted === 0) throw makeClientNotFound(clientId);
    },
    addSecret: (clientId, digest, now) =>
      database.transaction(async (transaction) => {
        const live = await lockSecrets(transaction, clientId, now);
        if (live.length >= liveSecretsAtMost) throw new ConflictError(`client ${clientId} has two live secrets already; rotate instead`);
        await insertSecret(transaction, clientId, digest, now);
      }),
    rotateSecret: (clientId, digest, now, options = {}) =>
      database.transaction(async (transaction) => {
        const [newest] = await lockSecrets(transaction, clientId, now);
        const until = now + (options.keepOldSeconds ?? keepOldByDefaultSeconds) * 1000;
        await endSecrets(transaction, clientId, until > now ? newest : undefined, until);
        await insertSecret(transaction, clientId, digest, now);
      }),
  };
}

function makeClientNotFound(clientId: string): NotFoundError {
  return new NotFoundError(`there is no client ${clientId}`);
}

async function findRecords(knex: Knex, filter: ClientFilter & { id?: string }, now: number): Promise<ClientRecord[]> {
  const wanted = knex<ClientRow>("clients").orderBy("id");
  if (filter.id !== undefined) wanted.where("id", filter.id);
  if (filter.status !== undefined) wanted.where("status", filter.status);
  if (filter.contract !== undefined) wanted.whereRaw("? = ANY (dialects)", [filter.contract]);
  const rows = await wanted;
  const ids = rows.map((row) => row.id);
  const secrets = await selectLiveSecrets(knex, now).whereRaw("client_id = ANY (?)", [ids]);
  return rows.map((row) => toClientRecord(row, secrets));
}

/** The live secrets, newest first. */
function selectLiveSecrets(knex: Knex, now: number): Knex.QueryBuilder<SecretRow, SecretRow[]> {
  const secrets = knex("client_secrets").select("id", "client_id", "created_at", "expires_at") as Knex.QueryBuilder<SecretRow, SecretRow[]>;
  return secrets
    .where((live) => live.whereNull("expires_at").orWhere("expires_at", ">", toTimestamp(now)))
    .orderBy([
      { column: "created_at", order: "desc" },
      { column: "id", order: "desc" },
    ]);
}

/** Changes of a client's secrets stand in line behind its row, so that two at once still leave no more than two alive. */
async function lockSecrets(transaction: Knex.Transaction, clientId: string, now: number): Promise<SecretRow[]> {
  const found = await transaction("clients")
    .where("id", clientId)
    .update({ updated_at: toTimestamp(now) });
  if (found === 0) throw makeClientNotFound(clientId);
  return selectLiveSecrets(transaction, now).where("client_id", clientId);
}

/** Drops all of a client's secrets but the one to keep, which ends when it would have or then, whatever comes first. */
async function endSecrets(transaction: Knex.Transaction, clientId: string, kept: SecretRow | undefined, until: number): Promise<void> {
  const dropped = transaction("client_secrets").where("client_id", clientId);
  if (kept !== undefined) dropped.whereNot("id", kept.id);
  await dropped.delete();
  if (kept === undefined) return;
  const expiresAt = toTimestamp(Math.min(until, kept.expires_at?.getTime() ?? until));
  await transaction("client_secrets").where("id", kept.id).update({ expires_at: expiresAt });
}
