import type { People } from "../../engine/ports/people";
import type { Person } from "../../engine/person";
import type { Database } from "../database";
import { makePersonId } from "../database/ids";
import { explainInsertErrors, NotFoundError } from "../database/errors";
import { reserveHumanId } from "../subject-ids";
import { toTimestamp } from "../database/timestamps";

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
  /** Finds a person by address, in any case, whether disabled or not. */
  byEmail(email: string): Promise<PersonCredentials | undefined>;
  /** Sorted by address. */
  list(filter?: { status?: Person["status"] }): Promise<Person[]>;
  /**
   * Ends the person's sessions too.
   * @param now epoch milliseconds
   * @throws NotFoundError
   */
  setStatus(personId: string, status: Person["status"], now: number): Promise<void>;
  /**
   * Ends the person's sessions too.
   * @param passwordHash argon2id, in PHC notation
   * @param now epoch milliseconds
   * @throws NotFoundError
   */
  setPassword(personId: string, passwordHash: string, now: number): Promise<void>;
  /** Deletes the person with all sessions and consents. @throws NotFoundError */
  delete(personId: string): Promise<void>;
}

/** @param makeId makes a random id for a person; tests set it */
export function makePeople(database: Database, makeId = makePersonId): PeopleStore {
  return {
    async findById(id) {
      const { rows } = await database.query<PersonRow>(byIdStatement, [id]);
      return rows[0] && toPerson(rows[0]);
    },
    async byEmail(email) {
      const { rows } = await database.query<PersonRow>(byEmailStatement, [email.toLowerCase()]);
      return rows[0] && { person: toPerson(rows[0]), passwordHash: rows[0].password_hash };
    },
    async list({ status } = {}) {
      const rows = await database.build((knex) => {
        const people = knex<PersonRow>("people").orderBy("email");
        return status === undefined ? people : people.where({ status });
      });
      return rows.map(toPerson);
    },
    create: (person, now) => createPerson(database, person, now, makeId),
    setStatus: (id, status, now) => changePerson(database, setStatusStatement, id, status, now),
    setPassword: (id, passwordHash, now) => changePerson(database, setPasswordStatement, id, passwordHash, now),
    async delete(id) {
      const deleted = await database.build((knex) => knex("people").where("id", id).delete());
      if (deleted === 0) throw new NotFoundError(`there is no person ${id}`);
    },
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

async function changePerson(
  database: Database,
  statement: { name: string; text: string },
  id: string,
  value: string,
  now: number,
): Promise<void> {
  const { rowCount } = await database.query(statement, [value, toTimestamp(now), id]);
  if (rowCount === 0) throw new NotFoundError(`there is no person ${id}`);
}

const byIdStatement = { name: "person_by_id", text: "SELECT * FROM people WHERE id = ?" };
const byEmailStatement = { name: "person_by_email", text: "SELECT * FROM people WHERE email = ?" };

const setStatusStatement = { name: "person_set_status", text: makeChangeText("status") };
const setPasswordStatement = { name: "person_set_password", text: makeChangeText("password_hash") };

/** One statement for both, so that no session outlives the change. */
function makeChangeText(column: "status" | "password_hash"): string {
  return `
    WITH changed AS (UPDATE people SET ${column} = ?, updated_at = ? WHERE id = ? RETURNING id),
      ended AS (DELETE FROM sessions WHERE person_id IN (SELECT id FROM changed))
    SELECT id FROM changed`;
}
