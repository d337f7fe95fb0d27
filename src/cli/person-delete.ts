import type { Command } from "commander";
import type { Database } from "../store/database";
import type { ConsentRecord } from "../store/people/consent-admin";
import { toConsentJson } from "./consent";
import { accessTokensNote, count, dryRunOption, formatEnded, toEndedJson } from "./ended-output";
import { addExamples, type CommandOutput, makeAction } from "./output";
import { mostLimit } from "./paging";
import { requireConfirmation, requireTerminal } from "./terminal";

/** `polymint person delete` */
export function addPersonDelete(person: Command): void {
  const command = person
    .command("delete")
    .description("delete a person with sessions and consents; tokens stay in the ledger, revoked")
    .argument("<id>", "the person")
    .option("--yes", "do not ask; needed where there is no terminal")
    .option(...dryRunOption)
    .action(makeAction(deletePerson));
  addExamples(command, "person delete 406211845231 --dry-run", "person delete 406211845231", "person delete 406211845231 --yes --json");
}

async function deletePerson(id: string, { yes = false, dryRun = false }: { yes?: boolean; dryRun?: boolean }): Promise<CommandOutput> {
  const isConfirmed = yes || dryRun;
  requireTerminal(isConfirmed, "person");
  const { runAuditedChange } = await import("./audited.js");
  const { makePeople } = await import("../store/people/people.js");
  if (!isConfirmed) await confirmDeletion(id);
  return runAuditedChange({ command: "person delete", object: `person ${id}`, dryRun }, async ({ database, clock }) => {
    const people = makePeople(database);
    if (!dryRun) {
      await people.delete(id, clock());
      return { json: { person_id: id, deleted: true }, text: `Person ${id} is deleted.` };
    }
    const consents = await listConsents(database, id, clock());
    const ended = await people.signOut(id, clock());
    return {
      json: { person_id: id, deleted: false, dry_run: true, ...toEndedJson(ended), consents: consents.map(toConsentJson) },
      text: `${formatEnded({ ...ended, also: [count(consents.length, "consent", "consents")] }, "", true)}\n\n${accessTokensNote}`,
    };
  });
}

/** Those on record: others are only families of tokens. */
async function listConsents(database: Database, personId: string, now: number): Promise<ConsentRecord[]> {
  const { makeConsentAdmin } = await import("../store/people/consent-admin.js");
  const consents = await makeConsentAdmin(database).list({ personId, limit: mostLimit }, now);
  return consents.filter(({ givenAt }) => givenAt !== null);
}

async function confirmDeletion(id: string): Promise<void> {
  const { withSession } = await import("./session.js");
  const { makePeople } = await import("../store/people/people.js");
  const { email } = await withSession(({ database }) => makePeople(database).show(id));
  await requireConfirmation(`Delete person ${id} (${email}) and everything that belongs to this person?`);
}
