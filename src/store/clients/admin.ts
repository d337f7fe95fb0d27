import type { Knex } from "knex";
import type { Client } from "../../engine/client";
import type { NewClient } from "./columns";
import { type ClientRecord, type ClientRow, insertClient, insertSecret, type SecretRow, toClientRecord, updateClient } from "./rows";
import type { Database } from "../database";
import { ConflictError, NotFoundError } from "../database/errors";
import { makeSearchSql, type PageRequest } from "../database/page";
import { runInTransaction } from "../database/single-transaction";
import { toTimestamp } from "../database/timestamps";
import { cutOffTokens } from "../ledger/cutoffs";
import { type EndedTokens, endTokens } from "../people/endings";

export type { NewClient } from "./columns";
export type { ClientRecord } from "./rows";

/** How long the old secret stays valid after a rotation, if the caller does not say. */
const defaultKeepOldSeconds = 24 * 3600;
const maxLiveSecrets = 2;

export interface ClientFilter {
  contract?: string;
  status?: Client["status"];
  /** In the id or the name, in any case. */
  search?: string;
}

export interface RotateSecretOptions {
  /** Seconds that the newest of the old secrets stays valid; 0 ends it at once. */
  keepOldSeconds?: number;
}

/** What operators do with clients. Times (`now`) are epoch milliseconds. Running servers see a change within two seconds. */
export interface ClientAdmin {
  /** @throws ConflictError if there is a client of that id, or a human's id among its own and its subjects */
  create(client: NewClient, now: number): Promise<void>;
  /**
   * Changes a client. Nothing else changes it meanwhile.
   * @param change makes the changed client of the present one; undefined to leave it as it is
   * @throws NotFoundError; ConflictError if a subject that its tokens would name is a human's
   */
  update(
    clientId: string,
    now: number,
    change: (before: ClientRecord) => NewClient | undefined,
  ): Promise<{ before: ClientRecord; isChanged: boolean }>;
  /** Lists clients by id, which is the cursor too, with their live secrets only. */
  list(filter: ClientFilter & PageRequest, now: number): Promise<ClientRecord[]>;
  /** @throws NotFoundError */
  show(clientId: string, now: number): Promise<ClientRecord>;
  /** @throws NotFoundError */
  setStatus(clientId: string, status: Client["status"], now: number): Promise<void>;
  /**
   * Deletes the client and all rows that refer to it. Its tokens stay in the ledger and are revoked, because another client may
   * get the id.
   * @throws NotFoundError
   */
  delete(clientId: string, now: number): Promise<void>;
  /** Revokes every token of the client, and ends the codes and approvals that would lead to more. @throws NotFoundError */
  revokeTokens(clientId: string, now: number): Promise<EndedTokens>;
  /** Adds a second secret. @throws NotFoundError, ConflictError if the client has two live secrets already */
  addSecret(clientId: string, digest: Buffer, now: number): Promise<void>;
  /** Adds a new secret and ends the old ones; the newest of those stays valid for a while. @throws NotFoundError */
  rotateSecret(clientId: string, digest: Buffer, now: number, options?: RotateSecretOptions): Promise<void>;
}

export function makeClientAdmin(database: Database): ClientAdmin {
  return {
    create: (client, now) => database.transaction((transaction) => insertClient(transaction, client, now)),
    update: (clientId, now, change) =>
      database.transaction(async (transaction) => {
        await transaction("clients").select("id").where("id", clientId).forNoKeyUpdate();
        const [before] = await findRecords(transaction, { id: clientId }, now);
        if (before === undefined) throw makeClientNotFound(clientId);
        const client = change(before);
        if (client !== undefined) await updateClient(transaction, client, now);
        return { before, isChanged: client !== undefined };
      }),
    list: (filter, now) => database.runLongTask((knex) => findRecords(knex, filter, now)),
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
    delete: (clientId, now) =>
      runInTransaction(database, false, async (within) => {
        const deleted = await within.build((knex) => knex("clients").where("id", clientId).delete());
        if (deleted === 0) throw makeClientNotFound(clientId);
        await revokeAll(within, clientId, now);
      }),
    revokeTokens: (clientId, now) =>
      runInTransaction(database, false, async (within) => {
        const found = await within.build((knex) => knex("clients").select("id").where("id", clientId).forNoKeyUpdate());
        if (found.length === 0) throw makeClientNotFound(clientId);
        return revokeAll(within, clientId, now);
      }),
    addSecret: (clientId, digest, now) =>
      database.transaction(async (transaction) => {
        const live = await lockSecrets(transaction, clientId, now);
        if (live.length >= maxLiveSecrets) throw new ConflictError(`client ${clientId} has two live secrets already; rotate instead`);
        await insertSecret(transaction, clientId, digest, now);
      }),
    rotateSecret: (clientId, digest, now, options = {}) =>
      database.transaction(async (transaction) => {
        const [newest] = await lockSecrets(transaction, clientId, now);
        const until = now + (options.keepOldSeconds ?? defaultKeepOldSeconds) * 1000;
        await endSecrets(transaction, clientId, until > now ? newest : undefined, until);
        await insertSecret(transaction, clientId, digest, now);
      }),
  };
}

async function revokeAll(within: Database, clientId: string, now: number): Promise<EndedTokens> {
  await cutOffTokens(within, { kind: "client", id: clientId }, now);
  return endTokens(within, { clientId }, now);
}

function makeClientNotFound(clientId: string): NotFoundError {
  return new NotFoundError(`there is no client ${clientId}`);
}

async function findRecords(
  knex: Knex,
  filter: ClientFilter & Partial<PageRequest> & { id?: string },
  now: number,
): Promise<ClientRecord[]> {
  const query = knex<ClientRow>("clients").orderBy("id");
  if (filter.id !== undefined) query.where("id", filter.id);
  if (filter.status !== undefined) query.where("status", filter.status);
  if (filter.contract !== undefined) query.whereRaw("? = ANY (dialects)", [filter.contract]);
  if (filter.search !== undefined) query.whereRaw(makeSearchSql("id", "name"), [filter.search]);
  if (filter.after !== undefined) query.where("id", ">", filter.after);
  if (filter.limit !== undefined) query.limit(filter.limit);
  const rows = await query;
  const secretsById = new Map<string, SecretRow[]>(rows.map((row) => [row.id, []]));
  const secrets = await selectLiveSecrets(knex, now).whereRaw("client_id = ANY (?)", [[...secretsById.keys()]]);
  for (const secret of secrets) secretsById.get(secret.client_id)?.push(secret);
  return rows.map((row) => toClientRecord(row, secretsById.get(row.id) ?? []));
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

/** Locks the client's row first, so that two changes at once cannot leave more than two live secrets. */
async function lockSecrets(transaction: Knex.Transaction, clientId: string, now: number): Promise<SecretRow[]> {
  const found = await transaction("clients")
    .where("id", clientId)
    .update({ updated_at: toTimestamp(now) });
  if (found === 0) throw makeClientNotFound(clientId);
  return selectLiveSecrets(transaction, now).where("client_id", clientId);
}

/** Deletes all secrets of a client except `kept`, which ends at `until` (epoch milliseconds) or at its own end, whichever is first. */
async function endSecrets(transaction: Knex.Transaction, clientId: string, kept: SecretRow | undefined, until: number): Promise<void> {
  const others = transaction("client_secrets").where("client_id", clientId);
  if (kept !== undefined) others.whereNot("id", kept.id);
  await others.delete();
  if (kept === undefined) return;
  const expiresAt = toTimestamp(Math.min(until, kept.expires_at?.getTime() ?? until));
  await transaction("client_secrets").where("id", kept.id).update({ expires_at: expiresAt });
}
