import type { Person } from "../../engine/person";

/** SQL for each field of a person, of a row of `people`. */
const fields: Readonly<Record<keyof Person, string>> = {
  id: "id",
  email: "email",
  emailVerified: "email_verified",
  firstName: "first_name",
  lastName: "last_name",
  countryCode: "country_code",
  picture: "picture",
  region: "region",
  roles: "roles",
  status: "status",
  updatedAt: "floor(extract(epoch FROM updated_at))",
};

const pairs = Object.entries(fields).map(([field, sql]) => `'${field}', ${sql}`);

/**
 * Makes SQL for a person as JSON, which the driver turns into a `Person`. So a statement that finds a code or a token finds the
 * person behind it too.
 * @param id SQL for the person's id
 * @returns SQL whose value is null if there is no such person
 */
export function makePersonSql(id: string): string {
  return `(SELECT json_build_object(${pairs.join(", ")}) FROM people WHERE people.id = ${id})`;
}
