import type { Identities, LinkedIdentity, LockableActor } from "../../engine/ports/users";
import type { IdentityType } from "../../engine/token-request";
import type { Database } from "../database";
import { makeNumericId } from "../database/ids";
import { makeIsLockedSql } from "./login-locks";
import type { PageRequest } from "../database/page";
import { explainInsertErrors, NotFoundError } from "../database/errors";
import { reserveHumanId } from "../subject-ids";
import { toEpochSeconds, toTimestamp } from "../database/timestamps";

/** An identity as an operator sees it. */
export interface IdentityRecord extends LinkedIdentity {
  id: string;
  /** Epoch seconds. */
  createdAt: number;
}

export interface IdentityFilter {
  programmeId?: string;
  type?: IdentityType;
  status?: LinkedIdentity["status"];
}

export interface IdentityStore extends Identities {
  /** Sorted by id, which is the cursor too. */
  list(filter: IdentityFilter & PageRequest): Promise<IdentityRecord[]>;
  /** @returns the identity, and how many users may act for it @throws NotFoundError */
  show(identityId: string): Promise<IdentityRecord & { users: number }>;
  /**
   * @param now epoch milliseconds
   * @returns the new identity's id
   * @throws NotFoundError if there is no such programme
   */
  create(programmeId: string, type: IdentityType, now: number): Promise<string>;
  /**
   * While an identity is deactivated, it gets no token, and its tokens are inactive: every grant and introspection asks for the status.
   * @throws NotFoundError
   */
  setStatus(identityId: string, status: LinkedIdentity["status"]): Promise<void>;
}

export function makeIdentities(database: Database): IdentityStore {
  return {
    async find(identityId) {
      const { rows } = await database.query<LinkedIdentity>(findStatement, [identityId]);
      return rows[0];
    },
    async findLinked(userId, identityId) {
      const { rows } = await database.query<LinkedIdentity>(linkedStatement, [userId, identityId]);
      return rows[0];
    },
    async findActiveUser(userId, identityId, now) {
      const { rows } = await database.query<ActiveUserRow>(activeUserStatement, [toTimestamp(now), identityId, userId]);
      const [row] = rows;
      return row && { id: row.id, type: row.type, locked: row.locked, identity: toLinkedIdentity(row) };
    },
    create: (programmeId, type, now) =>
      database.transaction(async (transaction) => {
        const id = await reserveHumanId(transaction, makeNumericId);
        const row = { id, programme_id: programmeId, type, created_at: toTimestamp(now) };
        const texts = { conflict: `identity ${id} exists`, notFound: `there is no programme ${programmeId}` };
        await explainInsertErrors(transaction("identities").insert(row).then(), texts);
        return id;
      }),
    async list({ programmeId, type, status, limit, after }) {
      const rows = await database.runLongTask(async (knex) => {
        const query = knex<IdentityRow>("identities").orderBy("id").limit(limit).select();
        if (programmeId !== undefined) query.where("programme_id", programmeId);
        if (type !== undefined) query.where("type", type);
        if (status !== undefined) query.where("status", status);
        if (after !== undefined) query.where("id", ">", after);
        return query;
      });
      return rows.map(toRecord);
    },
    show: (identityId) =>
      database.build(async (knex) => {
        const [row] = await knex<IdentityRow>("identities").where("id", identityId).select();
        if (row === undefined) throw makeIdentityNotFound(identityId);
        const [linked] = await knex("user_identities").where("identity_id", identityId).count<{ users: string }[]>("* as users");
        return { ...toRecord(row), users: Number(linked?.users) };
      }),
    async setStatus(identityId, status) {
      const changed = await database.build((knex) => knex("identities").where("id", identityId).update({ status }));
      if (changed === 0) throw makeIdentityNotFound(identityId);
    },
  };
}

interface IdentityRow {
  id: string;
  programme_id: string;
  type: IdentityType;
  status: LinkedIdentity["status"];
  created_at: Date;
}

function toRecord({ id, programme_id, type, status, created_at }: IdentityRow): IdentityRecord {
  return { id, programmeId: programme_id, type, status, createdAt: toEpochSeconds(created_at) };
}

function makeIdentityNotFound(identityId: string): NotFoundError {
  return new NotFoundError(`there is no identity ${identityId}`);
}

type ActiveUserRow = Omit<LockableActor, "identity"> & LinkedIdentityRow;

/** A linked identity's columns in a row of a join; null if the user is not linked to it. */
export type LinkedIdentityRow =
  | { identityProgramme: string; identityType: LinkedIdentity["type"]; identityStatus: LinkedIdentity["status"] }
  | { identityProgramme: null };

export function toLinkedIdentity(row: LinkedIdentityRow): LinkedIdentity | undefined {
  if (row.identityProgramme === null) return undefined;
  return { programmeId: row.identityProgramme, type: row.identityType, status: row.identityStatus };
}

/** SQL for those columns, in a statement with `joinLinkedIdentitySql`. */
export const linkedIdentityColumnsSql = `
  linked.programme_id AS "identityProgramme", linked.type AS "identityType", linked.status AS "identityStatus"`;

/** SQL that joins an identity to `users`, if the user is linked to it; takes the identity's id. */
export const joinLinkedIdentitySql = `
  LEFT JOIN (user_identities link JOIN identities linked ON linked.id = link.identity_id)
    ON link.user_id = users.id AND link.identity_id = ?`;

const findStatement = {
  name: "identity",
  text: `SELECT programme_id AS "programmeId", type, status FROM identities WHERE id = ?`,
};

const linkedStatement = {
  name: "identity_linked",
  text: `
    SELECT i.programme_id AS "programmeId", i.type, i.status
    FROM user_identities l JOIN identities i ON i.id = l.identity_id
    WHERE l.user_id = ? AND l.identity_id = ?`,
};

const activeUserStatement = {
  name: "user_active",
  text: `
    SELECT users.id, role AS type, ${makeIsLockedSql("users.id")} AS locked, ${linkedIdentityColumnsSql}
    FROM users ${joinLinkedIdentitySql}
    WHERE users.id = ? AND users.status = 'active'`,
};
