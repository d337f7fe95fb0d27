import type { DelegatedClient, DelegatedClients } from "../../engine/ports/users";
import type { Database } from "../database";
import type { PageRequest } from "../database/page";
import { explainInsertErrors, NotFoundError } from "../database/errors";
import { reserveClientIds } from "../subject-ids";
import { toEpochSeconds, toTimestamp } from "../database/timestamps";

export interface NewDelegatedClient {
  id: string;
  programmeId: string;
  name: string;
  /** PEM. */
  certificate: string;
}

/** A delegated API client as the command line shows it. */
export interface DelegatedClientRecord extends DelegatedClient {
  name: string;
  /** Epoch seconds. */
  createdAt: number;
}

export interface DelegatedClientStore extends DelegatedClients {
  /**
   * @param now epoch milliseconds
   * @throws ConflictError if the id is taken, by a human too, NotFoundError for an unknown programme
   */
  create(client: NewDelegatedClient, now: number): Promise<void>;
  /** The clients of one programme or of all, sorted by id, which is the cursor too. */
  list(filter: DelegatedClientFilter & PageRequest): Promise<DelegatedClientRecord[]>;
  /** @throws NotFoundError */
  show(id: string): Promise<DelegatedClientRecord>;
  /** @throws NotFoundError */
  setStatus(id: string, status: DelegatedClient["status"]): Promise<void>;
}

export interface DelegatedClientFilter {
  programmeId?: string;
  status?: DelegatedClient["status"];
}

interface DelegatedClientRow {
  id: string;
  programme_id: string;
  name: string;
  certificate: string;
  status: DelegatedClient["status"];
  created_at: Date;
}

export function makeDelegatedClients(database: Database): DelegatedClientStore {
  return {
    async isEnabled(programmeId) {
      const { rows } = await database.query<{ enabled: boolean }>(enabledStatement, [programmeId]);
      return rows[0]?.enabled ?? false;
    },
    async find(programmeId, id) {
      const { rows } = await database.query<DelegatedClient>(findStatement, [id, programmeId]);
      return rows[0];
    },
    async create({ id, programmeId, name, certificate }, now) {
      const row = { id, programme_id: programmeId, name, certificate, created_at: toTimestamp(now) };
      const texts = { conflict: `there is a delegated client ${id} already`, notFound: `there is no programme ${programmeId}` };
      await database.transaction(async (transaction) => {
        await reserveClientIds(transaction, [id]);
        await explainInsertErrors(transaction("delegated_clients").insert(row).then(), texts);
      });
    },
    async list({ programmeId, status, limit, after }) {
      const rows = await database.runLongTask(async (knex) => {
        const query = knex<DelegatedClientRow>("delegated_clients").orderBy("id").limit(limit).select();
        if (programmeId !== undefined) query.where("programme_id", programmeId);
        if (status !== undefined) query.where("status", status);
        if (after !== undefined) query.where("id", ">", after);
        return query;
      });
      return rows.map(toRecord);
    },
    async show(id) {
      const [row] = await database.build((knex) => knex<DelegatedClientRow>("delegated_clients").where("id", id).select());
      if (row === undefined) throw makeDelegateNotFound(id);
      return toRecord(row);
    },
    async setStatus(id, status) {
      const changed = await database.build((knex) => knex("delegated_clients").where("id", id).update({ status }));
      if (changed === 0) throw makeDelegateNotFound(id);
    },
  };
}

function makeDelegateNotFound(id: string): NotFoundError {
  return new NotFoundError(`there is no delegated client ${id}`);
}

function toRecord({ id, programme_id, name, certificate, status, created_at }: DelegatedClientRow): DelegatedClientRecord {
  return { id, programmeId: programme_id, name, certificate, status, createdAt: toEpochSeconds(created_at) };
}

const enabledStatement = {
  name: "delegation_enabled",
  text: "SELECT delegation_enabled AS enabled FROM programmes WHERE client_id = ?",
};

const findStatement = {
  name: "delegated_client",
  text: `
    SELECT id, programme_id AS "programmeId", status, certificate
    FROM delegated_clients WHERE id = ? AND programme_id = ?`,
};
