import type { Client } from "../../engine/client";
import type { NewClient } from "../clients/columns";
import { insertClient } from "../clients/rows";
import type { Database } from "../database";
import { NotFoundError } from "../database/errors";
import type { PageRequest } from "../database/page";
import { toEpochSeconds, toTimestamp } from "../database/timestamps";

/** A programme: a client whose secret is its API key, and the tenant of identities and users. */
export interface NewProgramme extends Pick<
  NewClient,
  "id" | "name" | "contracts" | "grants" | "scopes" | "authMethods" | "claims" | "namedSubjects"
> {
  /** HMAC of its API key. */
  secretDigest: Buffer;
}

/** A programme as an operator sees it. What it may do as a client, `polymint client show` tells. */
export interface ProgrammeRecord {
  id: string;
  name: string;
  status: Client["status"];
  contracts: string[];
  /** Whether its delegated clients may act. */
  delegation: boolean;
  /** Epoch seconds. */
  createdAt: number;
}

/** How many things belong to a programme. */
export interface ProgrammeHoldings {
  identities: number;
  users: number;
  delegatedClients: number;
}

export interface ProgrammeStore {
  /** Sorted by id, which is the cursor too. */
  list(filter: { status?: Client["status"] } & PageRequest): Promise<ProgrammeRecord[]>;
  /** @throws NotFoundError */
  show(programmeId: string): Promise<ProgrammeRecord & ProgrammeHoldings>;
  /**
   * @param now epoch milliseconds
   * @throws ConflictError if a client or a human has that id
   */
  create(programme: NewProgramme, now: number): Promise<void>;
  /** Allows or forbids the programme's delegated clients to act. @throws NotFoundError */
  setDelegation(programmeId: string, enabled: boolean): Promise<void>;
}

export function makeProgrammes(database: Database): ProgrammeStore {
  return {
    create: (programme, now) =>
      database.transaction(async (transaction) => {
        await insertClient(transaction, programme, now);
        await transaction("programmes").insert({ client_id: programme.id, created_at: toTimestamp(now) });
      }),
    async list({ status = null, limit, after = "" }) {
      const values = [after, status, status, limit];
      return database.runLongTask(async (knex) => (await knex.raw<Found<ProgrammeRow>>(listText, values)).rows.map(toRecord));
    },
    async show(programmeId) {
      const [row] = await database.runLongTask(
        async (knex) => (await knex.raw<Found<ProgrammeRow & ProgrammeHoldings>>(showText, [programmeId])).rows,
      );
      if (row === undefined) throw makeProgrammeNotFound(programmeId);
      return toRecord(row);
    },
    async setDelegation(programmeId, enabled) {
      const change = { delegation_enabled: enabled };
      const changed = await database.build((knex) => knex("programmes").where("client_id", programmeId).update(change));
      if (changed === 0) throw makeProgrammeNotFound(programmeId);
    },
  };
}

interface Found<Row> {
  rows: Row[];
}

type ProgrammeRow = Omit<ProgrammeRecord, "createdAt"> & { createdAt: Date };

function toRecord<Row extends ProgrammeRow>(row: Row): Omit<Row, "createdAt"> & { createdAt: number } {
  return { ...row, createdAt: toEpochSeconds(row.createdAt) };
}

function makeProgrammeNotFound(programmeId: string): NotFoundError {
  return new NotFoundError(`there is no programme ${programmeId}`);
}

const columnsSql = `c.id, c.name, c.status, c.dialects AS contracts, p.delegation_enabled AS delegation, p.created_at AS "createdAt"`;
const tablesSql = "programmes p JOIN clients c ON c.id = p.client_id";

const listText = `
  SELECT ${columnsSql} FROM ${tablesSql}
  WHERE p.client_id > ? AND (?::text IS NULL OR c.status = ?)
  ORDER BY p.client_id LIMIT ?`;

const showText = `
  SELECT ${columnsSql},
    (SELECT count(*)::integer FROM identities WHERE programme_id = p.client_id) AS identities,
    (SELECT count(*)::integer FROM users WHERE programme_id = p.client_id) AS users,
    (SELECT count(*)::integer FROM delegated_clients WHERE programme_id = p.client_id) AS "delegatedClients"
  FROM ${tablesSql} WHERE p.client_id = ?`;
