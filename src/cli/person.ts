import type { Command } from "commander";
import type { Person } from "../engine/person";
import type { PeopleStore } from "../store/people/people";
import { mustBeAskable, mustBeMeant } from "./confirmation";
import { examples } from "./help";
import { given, oneOf } from "./options";
import { answering, details, type Shown } from "./output";
import { addPersonCreate } from "./person-create";
import { shownPeople, shownPerson } from "./person-output";
import type { Session } from "./session";
import { readPassword } from "./terminal";

type Status = Person["status"];

/** `polymint person …` */
export function addPerson(program: Command): void {
  const person = program.command("person").description("people who log in at the pages: to approve a device, or what a client asks for");
  addPersonCreate(person);
  addReading(person);
  addStatus(person, "disable", "disabled", "no login, and no tokens; ends the person's sessions at once");
  addStatus(person, "enable", "active", "let a disabled person log in again");
  addSetPassword(person);
  addDelete(person);
  examples(
    person,
    "person create --email ada@example.net --first-name Ada --last-name Lovelace --password-stdin < password.txt",
    "person list",
    "person disable 406211845231",
  );
}

function addReading(person: Command): void {
  const list = person
    .command("list")
    .description("everybody, by address")
    .option("--status <status>", "active or disabled", oneOf<Status>(["active", "disabled"]))
    .action(answering(listPeople));
  examples(list, "person list", "person list --status disabled", "person list --json");
  const show = person
    .command("show")
    .description("everything on a person but the password")
    .argument("<id>", "the person")
    .action(answering(showPerson));
  examples(show, "person show 406211845231", "person show 406211845231 --json");
}

function addStatus(person: Command, name: string, status: Status, description: string): void {
  const command = person
    .command(name)
    .description(description)
    .argument("<id>", "the person")
    .action(answering((id: string) => setStatus(id, status)));
  examples(command, `person ${name} 406211845231`, `person ${name} 406211845231 --json`);
}

function addSetPassword(person: Command): void {
  const command = person
    .command("set-password")
    .description("give a person another password; ends the person's sessions")
    .argument("<id>", "the person")
    .requiredOption("--password-stdin", "read the password, 8 to 128 characters, from standard input")
    .action(answering(setPassword));
  examples(command, "person set-password 406211845231 --password-stdin < password.txt");
}

function addDelete(person: Command): void {
  const command = person
    .command("delete")
    .description("delete a person with sessions and consents; tokens stay in the ledger")
    .argument("<id>", "the person")
    .option("--yes", "do not ask; needed where there is no terminal")
    .action(answering(remove));
  examples(command, "person delete 406211845231", "person delete 406211845231 --yes --json");
}

async function changePerson(verb: string, id: string, work: (people: PeopleStore, session: Session) => Promise<void>): Promise<void> {
  const { changing } = await import("./audited.js");
  const { makePeople } = await import("../store/people/people.js");
  await changing({ command: `person ${verb}`, object: `person ${id}` }, (session) => work(makePeople(session.database), session));
}

async function withPeople<T>(work: (people: PeopleStore, session: Session) => Promise<T>): Promise<T> {
  const { inSession } = await import("./session.js");
  const { makePeople } = await import("../store/people/people.js");
  return inSession((session) => work(makePeople(session.database), session));
}

function listPeople(filter: { status?: Status }): Promise<Shown> {
  return withPeople(async (people) => shownPeople(await people.list(given(filter))));
}

function showPerson(id: string): Promise<Shown> {
  return withPeople(async (people) => shownPerson(await existing(people, id)));
}

async function setStatus(id: string, status: Status): Promise<Shown> {
  await changePerson(status === "active" ? "enable" : "disable", id, (people, { clock }) => people.setStatus(id, status, clock()));
  return { json: { person_id: id, status }, text: `Person ${id} is ${status}.` };
}

async function setPassword(id: string): Promise<Shown> {
  const password = await readPassword();
  const { hashPassword } = await import("../secrets/password.js");
  const passwordHash = await hashPassword(password);
  await changePerson("set-password", id, (people, { clock }) => people.setPassword(id, passwordHash, clock()));
  return { json: { person_id: id }, text: `${details({ person_id: id })}\n\nThe person must log in again, with the new password.` };
}

async function remove(id: string, { yes = false }: { yes?: boolean }): Promise<Shown> {
  mustBeAskable(yes, "person");
  if (!yes) {
    const { email } = await withPeople((people) => existing(people, id));
    await mustBeMeant(`Delete person ${id} (${email}) and all that hangs on them?`);
  }
  await changePerson("delete", id, (people) => people.delete(id));
  return { json: { person_id: id, deleted: true }, text: `Person ${id} is deleted.` };
}

async function existing(people: PeopleStore, id: string): Promise<Person> {
  const found = await people.byId(id);
  if (found !== undefined) return found;
  const { NotFoundError } = await import("../store/database/errors.js");
  throw new NotFoundError(`there is no person ${id}`);
}
