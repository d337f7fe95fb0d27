import type { Command } from "commander";
import { formatConsents } from "./consent";
import { addExamples, type CommandOutput, makeAction } from "./output";

/** More clients than any person has allowed anything. */
const most = 10_000;

/** `polymint person consents` */
export function addPersonConsents(person: Command): void {
  const command = person
    .command("consents")
    .description("what a person has allowed applications and devices; `consent revoke` withdraws it")
    .argument("<id>", "the person")
    .action(makeAction(listPersonConsents));
  addExamples(command, "person consents 406211845231", "person consents 406211845231 --json");
}

async function listPersonConsents(id: string): Promise<CommandOutput> {
  const { withSession } = await import("./session.js");
  const { makePeople } = await import("../store/people/people.js");
  const { makeConsentAdmin } = await import("../store/people/consent-admin.js");
  const { NotFoundError } = await import("../store/database/errors.js");
  return withSession(async ({ database, clock }) => {
    if ((await makePeople(database).findById(id)) === undefined) throw new NotFoundError(`there is no person ${id}`);
    return formatConsents(await makeConsentAdmin(database).list({ personId: id, limit: most }, clock()));
  });
}
