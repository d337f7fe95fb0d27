import type { Command } from "commander";
import type { Person } from "../engine/person";
import type { PeopleStore } from "../store/people/people";
import { addExamples, type CommandOutput, makeAction } from "./output";
import { makeChoiceParser, omitUndefined } from "./options";
import { addPageOptions, formatPage, type PageOptions, readPage } from "./paging";
import { addPersonConsents } from "./person-consents";
import { addPersonCreate } from "./person-create";
import { addPersonDelete } from "./person-delete";
import { formatPeople, formatPerson } from "./person-output";
import { addPersonSetPassword } from "./person-set-password";
import { addPersonSignOut } from "./person-sign-out";
import type { CommandSession } from "./session";

type PersonStatus = Person["status"];

/** `polymint person …` */
export function addPerson(program: Command): void {
  const person = program.command("person").description("people who log in at the pages: to approve a device, or what a client asks for");
  addPersonCreate(person);
  addListAndShow(person);
  addStatus(person, "disable", "disabled", "no login, and no tokens until enabled again; ends the person's sessions at once");
  addStatus(person, "enable", "active", "let a disabled person log in again");
  addPersonSetPassword(person);
  addPersonSignOut(person);
  addPersonConsents(person);
  addPersonDelete(person);
  addExamples(
    person,
    "person create --email ada@example.net --first-name Ada --last-name Lovelace --password-stdin < password.txt",
    "person list",
    "person sign-out 406211845231",
  );
}

function addListAndShow(person: Command): void {
  const list = person
    .command("list")
    .description("people, by address")
    .option("--status <status>", "active or disabled", makeChoiceParser<PersonStatus>(["active", "disabled"]))
    .option("--search <text>", "with this in the address or the name, in any case");
  addPageOptions(list).action(makeAction(listPeople));
  addExamples(list, "person list", "person list --search lovelace", "person list --status disabled", "person list --json");
  const show = person
    .command("show")
    .description("everything on a person but the password")
    .argument("<id>", "the person")
    .action(makeAction(showPerson));
  addExamples(show, "person show 406211845231", "person show 406211845231 --json");
}

function addStatus(person: Command, name: string, status: PersonStatus, description: string): void {
  const command = person
    .command(name)
    .description(description)
    .argument("<id>", "the person")
    .action(makeAction((id: string) => setStatus(id, status)));
  addExamples(command, `person ${name} 406211845231`, `person ${name} 406211845231 --json`);
}

async function changePerson(
  verb: string,
  id: string,
  work: (people: PeopleStore, session: CommandSession) => Promise<void>,
): Promise<void> {
  const { runAuditedChange } = await import("./audited.js");
  const { makePeople } = await import("../store/people/people.js");
  await runAuditedChange({ command: `person ${verb}`, object: `person ${id}` }, (session) => work(makePeople(session.database), session));
}

async function withPeople<T>(work: (people: PeopleStore, session: CommandSession) => Promise<T>): Promise<T> {
  const { withSession } = await import("./session.js");
  const { makePeople } = await import("../store/people/people.js");
  return withSession((session) => work(makePeople(session.database), session));
}

function listPeople({ status, search, ...options }: { status?: PersonStatus; search?: string } & PageOptions): Promise<CommandOutput> {
  const filter = omitUndefined({ status, search });
  return withPeople(async (people) => {
    const { rows, next } = await readPage(
      options,
      (request) => people.list({ ...filter, ...request }),
      ({ email }) => email,
    );
    return formatPage(formatPeople(rows), next);
  });
}

function showPerson(id: string): Promise<CommandOutput> {
  return withPeople(async (people) => formatPerson(await people.show(id)));
}

async function setStatus(id: string, status: PersonStatus): Promise<CommandOutput> {
  await changePerson(status === "active" ? "enable" : "disable", id, (people, { clock }) => people.setStatus(id, status, clock()));
  return { json: { person_id: id, status }, text: `Person ${id} is ${status}.` };
}
