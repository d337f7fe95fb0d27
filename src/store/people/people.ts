import type { People } from "../../engine/ports/people";
import type { Person } from "../../engine/person";
import type { Database } from "../database";
import { makePersonId } from "../database/ids";
import { makeSearchSql, type PageRequest } from "../database/page";
import { explainInsertErrors, NotFoundError } from "../database/errors";
import { reserveHumanId } from "../subject-ids";
import { runInTransaction } from "../database/single-transaction";
import { toTimestamp } from "../database/timestamps";
import { type EndedLogins, type EndedTokens, endFamilies, endLogins, endTokens } from "./endings";
import { endSessions } from "./sessions";

export interface NewPerson {
  /** Kept in lower case; unique. */
  email: string;
  emailVerified?: boolean;
  /** argon2id, in PHC notation. */
  passwordHash: string;
  firstName: string;
  lastName: string;
  /** ISO 3166-1 alpha-2. */
  countryCode?: string;
  /** URL. */
  picture?: string;
  region?: string;
  /** `user` if left out. */
  roles?: readonly string[];
}

/** What a login needs of a person. */
export interface PersonCredentials {
  person: Person;
  passwordHash: string;
}

export interface PeopleStore extends People {
  /**
   * @param now epoch milliseconds
   * @throws ConflictError if a person has that address
   */
  create(person: NewPerson, now: number): Promise<Person>;
  /** As `findById`. @throws NotFoundError */
  show(personId: string): Promise<Person>;
  /** Finds a person by address, in any case, whether disabled or not. */
  byEmail(email: string): Promise<PersonCredentials | undefined>;
  /** Sorted by address, which is the cursor too. @param filter `search` is for in the address or the name, in any case */
  list(filter: { status?: Person["status"]; search?: string } & PageRequest): Promise<Person[]>;
  /**
   * Ends the person's sessions too. Tokens stay as they are: no request accepts them while the person is disabled.
   * @param now epoch milliseconds
   * @throws NotFoundError
   */
  setStatus(personId: string, status: Person["status"], now: number): Promise<void>;
  /**
   * Sets another password. Unless `keepSessions`, ends all that came of the old one: sessions, codes, approvals and families of tokens.
   * @param passwordHash argon2id, in PHC notation
   * @param now epoch milliseconds
   * @throws NotFoundError
   */
  setPassword(personId: string, passwordHash: string, now: number, options?: { keepSessions?: boolean }): Promise<EndedLogins | undefined>;
  /** Ends the person's sessions, codes, approvals and families of tokens. @param now epoch milliseconds @throws NotFoundError */
  signOut(personId: string, now: number): Promise<EndedLogins>;
  /** Ends the same, but for the sessions. @param now epoch milliseconds @throws NotFoundError */
  revokeTokens(personId: string, now: number): Promise<EndedTokens>;
  /**
   * Deletes the person with all sessions and consents. Revokes the person's tokens, because another person may get the id. Codes
   * and approvals stay for their minutes, and are refused: their person is gone.
   * @param now epoch milliseconds
   * @throws NotFoundError
   */
  delete(personId: string, now: number): Promise<void>;
}

/** @param makeId makes a random id for a person; tests set it */
export function makePeople(database: Database, makeId = makePersonId): PeopleStore {
  const findById = async (id: string): Promise<Person | undefined> => {
    const { rows } = await database.query<PersonRow>(byIdStatement, [id]);
    return rows[0] && toPerson(rows[0]);
  };
  return {
    findById,
    show: async (id) => (await findById(id)) ?? throwNotFound(id),
    async byEmail(email) {
      const { rows } = await database.query<PersonRow>(byEmailStatement, [email.toLowerCase()]);
      return rows[0] && { person: toPerson(rows[0]), passwordHash: rows[0].password_hash };
    },
    async list({ status, search, limit, after }) {
      const rows = await database.runLongTask(async (knex) => {
        const query = knex<PersonRow>("people").orderBy("email").limit(limit).select();
        if (status !== undefined) query.where({ status });
        if (search !== undefined) query.whereRaw(makeSearchSql("email", "first_name", "last_name"), [search]);
        if (after !== undefined) query.where("email", ">", after);
        return query;
      });
      return rows.map(toPerson);
    },
    create: (person, now) => createPerson(database, person, now, makeId),
    setStatus: (id, status, now) =>
      runInTransaction(database, false, async (within) => {
        await changePerson(within, id, { status, updated_at: toTimestamp(now) });
        await endSessions(within, id, now);
      }),
    setPassword: (id, passwordHash, now, { keepSessions = false } = {}) =>
      runInTransaction(database, false, async (within) => {
        await changePerson(within, id, { password_hash: passwordHash, updated_at: toTimestamp(now) });
        return keepSessions ? undefined : endLogins(within, id, now);
      }),
    signOut: (id, now) =>
      runInTransaction(database, false, async (within) => {
        await lockPerson(within, id);
        return endLogins(within, id, now);
      }),
    revokeTokens: (id, now) =>
      runInTransaction(database, false, async (within) => {
        await lockPerson(within, id);
        return endTokens(within, { personId: id }, now);
      }),
    delete: (id, now) =>
      runInTransaction(database, false, async (within) => {
        const deleted = await within.build((knex) => knex("people").where("id", id).delete());
        if (deleted === 0) throwNotFound(id);
        await endFamilies(within, { personId: id }, now);
      }),
  };
}

interface PersonRow {
  id: string;
  email: string;
  email_verified: boolean;
  password_hash: string;
  first_name: string;
  last_name: string;
  country_code: string | null;
  picture: string | null;
  region: string | null;
  roles: string[];
  status: Person["status"];
  updated_at: Date;
}

function toPerson(row: PersonRow): Person {
  return {
    id: row.id,
    email: row.email,
    emailVerified: row.email_verified,
    firstName: row.first_name,
    lastName: row.last_name,
    countryCode: row.country_code,
    picture: row.picture,
    region: row.region,
    roles: row.roles,
    status: row.status,
    updatedAt: Math.floor(row.updated_at.getTime() / 1000),
  };
}

async function createPerson(database: Database, person: NewPerson, now: number, makeId: () => string): Promise<Person> {
  const email = person.email.toLowerCase();
  const row = {
    email,
    email_verified: person.emailVerified ?? false,
    password_hash: person.passwordHash,
    first_name: person.firstName,
    last_name: person.lastName,
    country_code: person.countryCode ?? null,
    picture: person.picture ?? null,
    region: person.region ?? null,
    roles: [...(person.roles ?? ["user"])],
    created_at: toTimestamp(now),
    updated_at: toTimestamp(now),
  };
  // Ids are so short that two may be equal by chance; then another is tried. Equal addresses are a conflict.
  const created = await database.transaction(async (transaction) => {
    const id = await reserveHumanId(transaction, makeId);
    const insert = transaction<PersonRow>("people")
      .insert({ id, ...row })
      .onConflict("id")
      .ignore()
      .returning("*");
    return explainInsertErrors(insert.then(), { conflict: `there is a person ${email} already` });
  });
  return created[0] === undefined ? createPerson(database, person, now, makeId) : toPerson(created[0]);
}

/** Changes a person's row, which locks it until the transaction ends: a login that is in progress comes before or after. */
async function changePerson(database: Database, id: string, change: Partial<PersonRow>): Promise<void> {
  const changed = await database.build((knex) => knex<PersonRow>("people").where({ id }).update(change));
  if (changed === 0) throwNotFound(id);
}

/** As `changePerson`, without a change. */
async function lockPerson(database: Database, id: string): Promise<void> {
  const found = await database.build((knex) => knex("people").select("id").where({ id }).forNoKeyUpdate());
  if (found.length === 0) throwNotFound(id);
}

function throwNotFound(id: string): never {
  throw new NotFoundError(`there is no person ${id}`);
}

const byIdStatement = { name: "person_by_id", text: "SELECT * FROM people WHERE id = ?" };
const byEmailStatement = { name: "person_by_email", text: "SELECT * FROM people WHERE email = ?" };
