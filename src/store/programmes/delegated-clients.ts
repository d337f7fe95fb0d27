import type { DelegatedClient, DelegatedClients } from "../../engine/ports/users";
import type { Database } from "../database";
import { inserting, NotFound } from "../database/errors";
import { epochSeconds, moment } from "../database/timestamps";

export interface NewDelegatedClient {
  id: string;
  programmeId: string;
  name: string;
  /** PEM. */
  certificate: string;
}

/** A delegated API client as an operator sees it. */
export interface DelegatedClientRecord extends DelegatedClient {
  name: string;
  /** Epoch seconds. */
  createdAt: number;
}

export interface DelegatedClientStore extends DelegatedClients {
  /**
   * @param now epoch milliseconds
   * @throws Conflict if the id is taken, NotFound for an unknown programme
   */
  create(client: NewDelegatedClient, now: number): Promise<void>;
  /** By id; of one programme or of all. */
  list(programmeId?: string): Promise<DelegatedClientRecord[]>;
  /** @throws NotFound */
  setStatus(id: string, status: DelegatedClient["status"]): Promise<void>;
}

interface Row {
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
      const row = { id, programme_id: programmeId, name, certificate, created_at: moment(now) };
      const insert = database.build((knex) => knex("delegated_clients").insert(row));
      const texts = { conflict: `there is a delegated client ${id} already`, notFound: `there is no programme ${programmeId}` };
      await inserting(insert, texts);
    },
    async list(programmeId) {
      const rows = await database.build((knex) => {
        const all = knex<Row>("delegated_clients").orderBy("id").select();
        return programmeId === undefined ? all : all.where("programme_id", programmeId);
      });
      return rows.map((row) => recordOf(row));
    },
    async setStatus(id, status) {
      const changed = await database.build((knex) => knex("delegated_clients").where("id", id).update({ status }));
      if (changed === 0) throw new NotFound(`there is no delegated client ${id}`);
    },
  };
}

function recordOf({ id, programme_id, name, certificate, status, created_at }: Row): DelegatedClientRecord {
  return { id, programmeId: programme_id, name, certificate, status, createdAt: epochSeconds(created_at) };
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
