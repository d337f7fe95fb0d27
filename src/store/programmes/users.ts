import type { Knex } from "knex";
import type { LoginUser, Logins, UserContacts, UserContact } from "../../engine/ports/users";
import type { UserRole } from "../../engine/decision";
import type { Database } from "../database";
import { makeNumericId } from "../database/ids";
import { makeSearchSql, type PageRequest } from "../database/page";
import { explainInsertErrors, NotFoundError } from "../database/errors";
import { reserveHumanId } from "../subject-ids";
import { toEpochSecondsOrNull, toTimestamp } from "../database/timestamps";

export interface NewUser {
  programmeId: string;
  /** Kept in lower case; unique within the programme. */
  email: string;
  /** argon2id, in PHC notation. */
  passwordHash: string;
  role: UserRole;
  /** Identities of the same programme that the user may act for. */
  identityIds: readonly string[];
}

export interface ListedUser {
  id: string;
  email: string;
  role: UserRole;
  status: "active" | "disabled";
  /** Epoch seconds; null if the user is not locked. */
  lockedUntil: number | null;
  /** The identities that the user may act for, sorted. */
  identityIds: string[];
}

export interface UserFilter {
  programmeId: string;
  status?: ListedUser["status"];
  /** Users who may act for this identity. */
  identityId?: string;
  /** In the address, in any case. */
  search?: string;
}

export interface UserStore extends Logins, UserContacts {
  /**
   * @param now epoch milliseconds
   * @returns the new user's id
   * @throws ConflictError if a user of the programme has that address, NotFoundError for an unknown programme or identity
   */
  create(user: NewUser, now: number): Promise<string>;
  /**
   * The programme's users, sorted by address, which is the cursor too.
   * @param now epoch milliseconds
   * @throws NotFoundError for an unknown programme
   */
  list(filter: UserFilter & PageRequest, now: number): Promise<ListedUser[]>;
  /** @throws NotFoundError */
  setStatus(userId: string, status: LoginUser["status"]): Promise<void>;
  /**
   * @param passwordHash argon2id, in PHC notation
   * @throws NotFoundError
   */
  setPassword(userId: string, passwordHash: string): Promise<void>;
}

export function makeUsers(database: Database): UserStore {
  return {
    create: (user, now) => createUser(database, user, now),
    async findForLogin(programmeId, email) {
      const { rows } = await database.query<LoginUser>(loginStatement, [programmeId, email.toLowerCase()]);
      return rows[0];
    },
    async findContact(userId) {
      const { rows } = await database.query<UserContact>(contactStatement, [userId]);
      return rows[0];
    },
    list: (filter, now) => database.runLongTask((knex) => listUsers(knex, filter, now)),
    setStatus: (userId, status) => changeUser(database, userId, { status }),
    setPassword: (userId, passwordHash) => changeUser(database, userId, { password_hash: passwordHash }),
  };
}

async function changeUser(database: Database, userId: string, change: Readonly<Record<string, string>>): Promise<void> {
  const changed = await database.build((knex) => knex("users").where("id", userId).update(change));
  if (changed === 0) throw new NotFoundError(`there is no user ${userId}`);
}

async function createUser(database: Database, user: NewUser, now: number): Promise<string> {
  const { programmeId, passwordHash, role } = user;
  const email = user.email.toLowerCase();
  const row = { programme_id: programmeId, email, password_hash: passwordHash, role, created_at: toTimestamp(now) };
  const texts = { conflict: `programme ${programmeId} has a user ${email} already`, notFound: `there is no programme ${programmeId}` };
  return database.transaction(async (transaction) => {
    const id = await reserveHumanId(transaction, makeNumericId);
    await explainInsertErrors(
      transaction("users")
        .insert({ id, ...row })
        .then(),
      texts,
    );
    const wanted = new Set(user.identityIds);
    const linked = await transaction.raw<{ rowCount: number }>(linkIdentitiesText, [id, [...wanted], programmeId]);
    if (linked.rowCount < wanted.size) throw new NotFoundError(`not all of the identities belong to programme ${programmeId}`);
    return id;
  });
}

async function listUsers(knex: Knex, filter: UserFilter & PageRequest, now: number): Promise<ListedUser[]> {
  const { programmeId, status = null, identityId = null, search = "", limit, after = "" } = filter;
  const found = await knex("programmes").where("client_id", programmeId).pluck<string[]>("client_id");
  if (found.length === 0) throw new NotFoundError(`there is no programme ${programmeId}`);
  const values = [toTimestamp(now), programmeId, after, search, status, status, identityId, identityId, limit];
  const { rows } = await knex.raw<{ rows: ListedRow[] }>(listText, values as Knex.RawBinding[]);
  return rows.map(({ lockedUntil, ...facts }) => ({ ...facts, lockedUntil: toEpochSecondsOrNull(lockedUntil) }));
}

type ListedRow = Omit<ListedUser, "lockedUntil"> & { lockedUntil: Date | null };

const linkIdentitiesText = `
  INSERT INTO user_identities (user_id, identity_id)
  SELECT ?::text, id FROM identities WHERE id = ANY (?::text[]) AND programme_id = ?`;

const loginStatement = {
  name: "user_login",
  text: `SELECT id, password_hash AS "passwordHash", role, status FROM users WHERE programme_id = ? AND email = ?`,
};

const contactStatement = { name: "user_contact", text: `SELECT programme_id AS "programmeId", email FROM users WHERE id = ?` };

const listText = `
  SELECT u.id, u.email, u.role, u.status, l.locked_until AS "lockedUntil",
    ARRAY (SELECT identity_id FROM user_identities WHERE user_id = u.id ORDER BY identity_id) AS "identityIds"
  FROM users u LEFT JOIN login_locks l ON l.user_id = u.id AND l.locked_until > ?
  WHERE u.programme_id = ? AND u.email > ? AND ${makeSearchSql("u.email")}
    AND (?::text IS NULL OR u.status = ?)
    AND (?::text IS NULL OR EXISTS (SELECT FROM user_identities WHERE user_id = u.id AND identity_id = ?))
  ORDER BY u.email LIMIT ?`;
