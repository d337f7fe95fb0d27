import type { Command } from "commander";
import { consentCursor, readConsents } from "./consent";
import { addExamples, type CommandOutput, makeAction } from "./output";
import { addPageOptions, type PageOptions } from "./paging";

/** `polymint person consents` */
export function addPersonConsents(person: Command): void {
  const command = person
    .command("consents")
    .description("what a person has allowed applications and devices; `consent revoke` withdraws it")
    .argument("<id>", "the person");
  addPageOptions(command, consentCursor).action(makeAction(listPersonConsents));
  addExamples(command, "person consents 406211845231", "person consents 406211845231 --json");
}

async function listPersonConsents(id: string, options: PageOptions): Promise<CommandOutput> {
  const { withSession } = await import("./session.js");
  const { makePeople } = await import("../store/people/people.js");
  return withSession(async (session) => {
    await makePeople(session.database).show(id);
    return readConsents(session, { personId: id }, options);
  });
}
