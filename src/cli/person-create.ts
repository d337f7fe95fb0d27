import { type Command, InvalidArgumentError } from "commander";
import type { NewPerson } from "../store/people/people";
import { examples } from "./help";
import { emailAddress, given, repeated } from "./options";
import { answering, details, type Shown } from "./output";
import { personJson } from "./person-output";
import { readPassword } from "./terminal";

interface CreateOptions {
  email: string;
  firstName: string;
  lastName: string;
  countryCode?: string;
  picture?: string;
  region?: string;
  role?: readonly string[];
  emailVerified?: true;
}

/** `polymint person create` */
export function addPersonCreate(person: Command): void {
  const command = person
    .command("create")
    .description("make a person; prints the person_id")
    .requiredOption("--email <address>", "what the person logs in with", emailAddress)
    .requiredOption("--first-name <name>", "as tokens tell it", personName)
    .requiredOption("--last-name <name>", "as tokens tell it", personName)
    .requiredOption("--password-stdin", "read the password, 8 to 128 characters, from standard input")
    .option("--country-code <code>", "two letters of ISO 3166-1, such as SG", countryCode)
    .option("--picture <url>", "where a picture of the person is", pictureUrl)
    .option("--region <region>", "which of your regions the person belongs to, such as EU", region)
    .option("--role <role>", "what the person may do; repeatable; user if left out", repeatedRole)
    .option("--email-verified", "the address is known to be the person's")
    .action(answering(createPerson));
  const example = "person create --email ada@example.net --first-name Ada --last-name Lovelace --password-stdin";
  examples(
    command,
    `${example} < password.txt`,
    `${example} --email-verified --country-code GB --region EU --role user --role inspector --json < password.txt`,
  );
}

async function createPerson({
  email,
  firstName,
  lastName,
  role,
  emailVerified,
  countryCode,
  picture,
  region,
}: CreateOptions): Promise<Shown> {
  const password = await readPassword();
  const { changing } = await import("./audited.js");
  const { makePeople } = await import("../store/people/people.js");
  const { hashPassword } = await import("../secrets/password.js");
  const passwordHash = await hashPassword(password);
  const facts = { ...given({ countryCode, picture, region, emailVerified }), ...(role === undefined ? {} : { roles: role }) };
  const wanted: NewPerson = { email, firstName, lastName, passwordHash, ...facts };
  const change = { command: "person create", object: (made: { id: string }) => `person ${made.id}` };
  const person = await changing(change, ({ database, clock }) => makePeople(database).create(wanted, clock()));
  return { json: personJson(person), text: details({ person_id: person.id }) };
}

function personName(value: string): string {
  if (value.trim() !== "" && isText(value, 100)) return value;
  throw new InvalidArgumentError("It has 1 to 100 characters, none of them control characters.");
}

function countryCode(value: string): string {
  if (/^[A-Z]{2}$/.test(value)) return value;
  throw new InvalidArgumentError("It is two capital letters.");
}

/** Resource servers and browsers will fetch it: no other scheme makes sense there. */
function pictureUrl(value: string): string {
  const isWeb = URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
  if (isWeb && isText(value, 2000)) return value;
  throw new InvalidArgumentError("It is a URL that begins with https:// or http://.");
}

function region(value: string): string {
  if (/^[A-Za-z0-9_-]{1,20}$/.test(value)) return value;
  throw new InvalidArgumentError("It has 1 to 20 of the characters A-Z a-z 0-9 _ -.");
}

function repeatedRole(value: string, previous?: readonly string[]): readonly string[] {
  if (/^[\x21-\x7e]{1,100}$/.test(value)) return repeated(value, previous);
  throw new InvalidArgumentError("It has 1 to 100 printable ASCII characters without space.");
}

function isText(value: string, most: number): boolean {
  return Array.from(value).length <= most && !/\p{Cc}|\p{Surrogate}/u.test(value);
}
