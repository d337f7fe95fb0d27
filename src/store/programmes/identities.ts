import type { Identities, LinkedIdentity, LockableActor } from "../../engine/ports/users";
import type { IdentityType } from "../../engine/token-request";
import type { Database } from "../database";
import { makeNumericId } from "../database/ids";
import { makeIsLockedSql } from "./login-locks";
import { explainInsertErrors, NotFoundError } from "../database/errors";
import { reserveHumanId } from "../subject-ids";
import { toTimestamp } from "../database/timestamps";

export interface IdentityStore extends Identities {
  /**
   * @param now epoch milliseconds
   * @returns the new identity's id
   * @throws NotFoundError if there is no such programme
   */
  create(programmeId: string, type: IdentityType, now: number): Promise<string>;
  /** Deactivates or reactivates. @throws NotFoundError */
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
    async findActiveUser(userId, now) {
      const { rows } = await database.query<LockableActor>(activeUserStatement, [toTimestamp(now), userId]);
      return rows[0];
    },
    create: (programmeId, type, now) =>
      database.transaction(async (transaction) => {
        const id = await reserveHumanId(transaction, makeNumericId);
        const row = { id, programme_id: programmeId, type, created_at: toTimestamp(now) };
        const texts = { conflict: `identity ${id} exists`, notFound: `there is no programme ${programmeId}` };
        await explainInsertErrors(transaction("identities").insert(row).then(), texts);
        return id;
      }),
    async setStatus(identityId, status) {
      const changed = await database.build((knex) => knex("identities").where("id", identityId).update({ status }));
      if (changed === 0) throw new NotFoundError(`there is no identity ${identityId}`);
    },
  };
}

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
  text: `SELECT id, role AS type, ${makeIsLockedSql("users.id")} AS locked FROM users WHERE id = ? AND status = 'active'`,
};
