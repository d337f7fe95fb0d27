import type { UserContact } from "../../engine/ports/users";
import type { UserRole } from "../../engine/decision";
import type { Database } from "../database";
import { numericId } from "../database/ids";
import { inserting, NotFound } from "../database/errors";
import { epochSeconds, moment } from "../database/timestamps";

export interface NewUser {
  programmeId: string;
  /** Kept in lower case; unique within the programme. */
  email: string;
  /** argon2id, in PHC notation; made by the caller. */
  passwordHash: string;
  role: UserRole;
  /** Identities of the same programme that the user may act for. */
  identityIds: readonly string[];
}

/** What a login needs to know of a user. */
export interface LoginUser {
  id: string;
  passwordHash: string;
  role: UserRole;
  status: "active" | "disabled";
}

export interface ListedUser {
  id: string;
  email: string;
  role: UserRole;
  status: "active" | "disabled";
  /** Epoch seconds; null if the user is not locked. */
  lockedUntil: number | null;
}

export interface Users {
  /**
   * @param now epoch milliseconds
   * @returns the new user's id
   * @throws Conflict if the programme has a user of that address, NotFound for an unknown programme or identity
   */
  create(user: NewUser, now: number): Promise<string>;
  /** The user of that address in whatever case, disabled or not. */
  findForLogin(programmeId: string, email: string): Promise<LoginUser | undefined>;
  /** Whose user it is and where messages reach it, disabled or not. */
  contactOf(userId: string): Promise<UserContact | undefined>;
  /** The programme's users by address, with how long they are locked. @param now epoch milliseconds @throws NotFound for an unknown programme */
  list(programmeId: string, now: number): Promise<ListedUser[]>;
  /** @throws NotFound */
  setStatus(userId: string, status: LoginUser["status"]): Promise<void>;
}

export function makeUsers(database: Database): Users {
  return {
    create: (user, now) => create(database, user, now),
    async findForLogin(programmeId, email) {
      const { rows } = await database.query<LoginUser>(loginStatement, [programmeId, email.toLowerCase()]);
      return rows[0];
    },
    async contactOf(userId) {
      const { rows } = await database.query<UserContact>(contactStatement, [userId]);
      return rows[0];
    },
    list: (programmeId, now) => list(database, programmeId, now),
    async setStatus(userId, status) {
      const changed = await database.build((knex) => knex("users").where("id", userId).update({ status }));
      if (changed === 0) throw new NotFound(`there is no user ${userId}`);
    },
  };
}

async function create(database: Database, user: NewUser, now: number): Promise<string> {
  const id = numericId();
  const { programmeId, passwordHash, role } = user;
  const email = user.email.toLowerCase();
  const row = { id, programme_id: programmeId, email, password_hash: passwordHash, role, created_at: moment(now) };
  const texts = { conflict: `programme ${programmeId} has a user ${email} already`, notFound: `there is no programme ${programmeId}` };
  return database.transaction(async (transaction) => {
    await inserting(transaction("users").insert(row).then(), texts);
    const wanted = new Set(user.identityIds);
    const linked = await transaction.raw<{ rowCount: number }>(linkText, [id, [...wanted], programmeId]);
    if (linked.rowCount < wanted.size) throw new NotFound(`not all of the identities belong to programme ${programmeId}`);
    return id;
  });
}

async function list(database: Database, programmeId: string, now: number): Promise<ListedUser[]> {
  const { rows } = await database.query<ListedRow>(listStatement, [moment(now), programmeId]);
  if (rows.length === 0) throw new NotFound(`there is no programme ${programmeId}`);
  return rows.flatMap(({ id, lockedUntil, ...facts }) =>
    id === null ? [] : [{ ...facts, id, lockedUntil: lockedUntil === null ? null : epochSeconds(lockedUntil) }],
  );
}

/** A programme without users is one row without a user. */
type ListedRow = Omit<ListedUser, "id" | "lockedUntil"> & { id: string | null; lockedUntil: Date | null };

const linkText = `
  INSERT INTO user_identities (user_id, identity_id)
  SELECT ?::text, id FROM identities WHERE id = ANY (?::text[]) AND programme_id = ?`;

const loginStatement = {
  name: "user_login",
  text: `SELECT id, password_hash AS "passwordHash", role, status FROM users WHERE programme_id = ? AND email = ?`,
};

const contactStatement = { name: "user_contact", text: `SELECT programme_id AS "programmeId", email FROM users WHERE id = ?` };

const listStatement = {
  name: "user_list",
  text: `
    SELECT u.id, u.email, u.role, u.status, l.locked_until AS "lockedUntil"
    FROM programmes p
    LEFT JOIN users u ON u.programme_id = p.client_id
    LEFT JOIN login_locks l ON l.user_id = u.id AND l.locked_until > ?
    WHERE p.client_id = ?
    ORDER BY u.email`,
};
