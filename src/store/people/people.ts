import type { People } from "../../engine/ports/people";
import type { Person } from "../../engine/person";
import type { Database } from "../database";
import { personId } from "../database/ids";
import { inserting, NotFound } from "../database/errors";
import { moment } from "../database/timestamps";

export interface NewPerson {
  /** Kept in lower case; unique. */
  email: string;
  emailVerified?: boolean;
  /** argon2id, in PHC notation; made by the caller. */
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

/** What a login needs to know of a person. */
export interface PersonLogin {
  person: Person;
  passwordHash: string;
}

export interface PeopleStore extends People {
  /**
   * @param now epoch milliseconds
   * @throws Conflict if there is a person of that address
   */
  create(person: NewPerson, now: number): Promise<Person>;
  /** The person of that address in whatever case, disabled or not. */
  byEmail(email: string): Promise<PersonLogin | undefined>;
  /** By address. */
  list(filter?: { status?: Person["status"] }): Promise<Person[]>;
  /**
   * Ends the person's sessions too.
   * @param now epoch milliseconds
   * @throws NotFound
   */
  setStatus(personId: string, status: Person["status"], now: number): Promise<void>;
  /**
   * Ends the person's sessions too.
   * @param passwordHash argon2id, in PHC notation
   * @param now epoch milliseconds
   * @throws NotFound
   */
  setPassword(personId: string, passwordHash: string, now: number): Promise<void>;
  /** Also what hangs on the person: sessions and consents. @throws NotFound */
  delete(personId: string): Promise<void>;
}

export function makePeople(database: Database): PeopleStore {
  return {
    async byId(id) {
      const { rows } = await database.query<Row>(byIdStatement, [id]);
      return rows[0] && personOf(rows[0]);
    },
    async byEmail(email) {
      const { rows } = await database.query<Row>(byEmailStatement, [email.toLowerCase()]);
      return rows[0] && { person: personOf(rows[0]), passwordHash: rows[0].password_hash };
    },
    async list({ status } = {}) {
      const rows = await database.build((knex) => {
        const people = knex<Row>("people").orderBy("email");
        return status === undefined ? people : people.where({ status });
      });
      return rows.map(personOf);
    },
    create: (person, now) => create(database, person, now),
    setStatus: (id, status, now) => change(database, setStatusStatement, id, status, now),
    setPassword: (id, passwordHash, now) => change(database, setPasswordStatement, id, passwordHash, now),
    async delete(id) {
      const deleted = await database.build((knex) => knex("people").where("id", id).delete());
      if (deleted === 0) throw new NotFound(`there is no person ${id}`);
    },
  };
}

interface Row {
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

function personOf(row: Row): Person {
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

async function create(database: Database, person: NewPerson, now: number): Promise<Person> {
  const email = person.email.toLowerCase();
  const row = {
    id: personId(),
    email,
    email_verified: person.emailVerified ?? false,
    password_hash: person.passwordHash,
    first_name: person.firstName,
    last_name: person.lastName,
    country_code: person.countryCode ?? null,
    picture: person.picture ?? null,
    region: person.region ?? null,
    roles: [...(person.roles ?? ["user"])],
    created_at: moment(now),
    updated_at: moment(now),
  };
  // Ids are short enough for two to meet by chance; addresses that meet are a conflict.
  const insert = database.build((knex) => knex<Row>("people").insert(row).onConflict("id").ignore().returning("*"));
  const [made] = await inserting(insert, { conflict: `there is a person ${email} already` });
  return made === undefined ? create(database, person, now) : personOf(made);
}

async function change(
  database: Database,
  statement: { name: string; text: string },
  id: string,
  value: string,
  now: number,
): Promise<void> {
  const { rowCount } = await database.query(statement, [value, moment(now), id]);
  if (rowCount === 0) throw new NotFound(`there is no person ${id}`);
}

const byIdStatement = { name: "person_by_id", text: "SELECT * FROM people WHERE id = ?" };
const byEmailStatement = { name: "person_by_email", text: "SELECT * FROM people WHERE email = ?" };

const setStatusStatement = { name: "person_set_status", text: endingSessions("status") };
const setPasswordStatement = { name: "person_set_password", text: endingSessions("password_hash") };

/** One statement, so that no session outlives the change. */
function endingSessions(column: "status" | "password_hash"): string {
  return `
    WITH changed AS (UPDATE people SET ${column} = ?, updated_at = ? WHERE id = ? RETURNING id),
      ended AS (DELETE FROM sessions WHERE person_id IN (SELECT id FROM changed))
    SELECT id FROM changed`;
}
