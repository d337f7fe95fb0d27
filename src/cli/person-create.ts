import { type Command, InvalidArgumentError } from "commander";
import type { NewPerson } from "../store/people/people";
import { addExamples, type CommandOutput, formatDetails, makeAction } from "./output";
import { collectValues, omitUndefined, parseEmailAddress, passwordOption } from "./options";
import { toPersonJson } from "./person-output";
import { readPassword } from "./terminal";

interface CreatePersonOptions {
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
    .requiredOption("--email <address>", "what the person logs in with", parseEmailAddress)
    .requiredOption("--first-name <name>", "as tokens tell it", parseName)
    .requiredOption("--last-name <name>", "as tokens tell it", parseName)
    .requiredOption(...passwordOption)
    .option("--country-code <code>", "two letters of ISO 3166-1, such as SG", parseCountryCode)
    .option("--picture <url>", "where a picture of the person is", parsePictureUrl)
    .option("--region <region>", "which of your regions the person belongs to, such as EU", parseRegion)
    .option("--role <role>", "what the person may do; repeatable; user if left out", collectRoles)
    .option("--email-verified", "the address is known to be the person's")
    .action(makeAction(createPerson));
  const example = "person create --email ada@example.net --first-name Ada --last-name Lovelace --password-stdin";
  addExamples(
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
}: CreatePersonOptions): Promise<CommandOutput> {
  const password = await readPassword();
  const { runAuditedChange } = await import("./audited.js");
  const { makePeople } = await import("../store/people/people.js");
  const { hashNewPassword } = await import("../secrets/password.js");
  const passwordHash = await hashNewPassword(password, { email, firstName, lastName });
  const facts = { ...omitUndefined({ countryCode, picture, region, emailVerified }), ...(role === undefined ? {} : { roles: role }) };
  const wanted: NewPerson = { email, firstName, lastName, passwordHash, ...facts };
  const change = { command: "person create", object: (made: { id: string }) => `person ${made.id}` };
  const person = await runAuditedChange(change, ({ database, clock }) => makePeople(database).create(wanted, clock()));
  return { json: toPersonJson(person), text: formatDetails({ person_id: person.id }) };
}

function parseName(value: string): string {
  if (value.trim() !== "" && isText(value, 100)) return value;
  throw new InvalidArgumentError("It has 1 to 100 characters, none of them control characters.");
}

function parseCountryCode(value: string): string {
  if (/^[A-Z]{2}$/.test(value)) return value;
  throw new InvalidArgumentError("It is two capital letters.");
}

/** Resource servers and browsers fetch the picture, so only web schemes make sense. */
function parsePictureUrl(value: string): string {
  const isWeb = URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
  if (isWeb && isText(value, 2000)) return value;
  throw new InvalidArgumentError("It is a URL that begins with https:// or http://.");
}

function parseRegion(value: string): string {
  if (/^[A-Za-z0-9_-]{1,20}$/.test(value)) return value;
  throw new InvalidArgumentError("It has 1 to 20 of the characters A-Z a-z 0-9 _ -.");
}

function collectRoles(value: string, previous?: readonly string[]): readonly string[] {
  if (/^[\x21-\x7e]{1,100}$/.test(value)) return collectValues(value, previous);
  throw new InvalidArgumentError("It has 1 to 100 printable ASCII characters without space.");
}

function isText(value: string, most: number): boolean {
  return Array.from(value).length <= most && !/\p{Cc}|\p{Surrogate}/u.test(value);
}
