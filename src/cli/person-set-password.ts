import type { Command } from "commander";
import { accessTokensNote, dryRunOption, formatEnded, toEndedJson } from "./ended-output";
import { addExamples, type CommandOutput, makeAction } from "./output";
import { passwordOption } from "./options";
import { readPassword } from "./terminal";

interface SetPasswordOptions {
  keepSessions?: boolean;
  dryRun?: boolean;
}

/** `polymint person set-password` */
export function addPersonSetPassword(person: Command): void {
  const command = person
    .command("set-password")
    .description("give a person another password; ends the person's sessions and refresh families, as sign-out does")
    .argument("<id>", "the person")
    .requiredOption(...passwordOption)
    .option("--keep-sessions", "end nothing; only the next login needs the new password")
    .option(...dryRunOption)
    .action(makeAction(setPassword));
  addExamples(
    command,
    "person set-password 406211845231 --password-stdin < password.txt",
    "person set-password 406211845231 --keep-sessions --password-stdin < password.txt",
  );
}

async function setPassword(id: string, { keepSessions = false, dryRun = false }: SetPasswordOptions): Promise<CommandOutput> {
  const password = await readPassword();
  const { runAuditedChange } = await import("./audited.js");
  const { makePeople } = await import("../store/people/people.js");
  const { hashNewPassword } = await import("../secrets/password.js");
  const change = { command: "person set-password", object: `person ${id}`, dryRun };
  const ended = await runAuditedChange(change, async ({ database, clock }) => {
    const people = makePeople(database);
    const person = await people.show(id);
    return people.setPassword(id, await hashNewPassword(password, person), clock(), { keepSessions });
  });
  const json = { person_id: id, dry_run: dryRun, kept_sessions: keepSessions };
  if (ended === undefined) {
    const text = dryRun ? "Nothing was changed. The command would end nothing." : `Person ${id} has the new password. Nothing was ended.`;
    return { json, text };
  }
  const text = formatEnded(ended, `Person ${id} must log in again, with the new password.`, dryRun);
  return { json: { ...json, ...toEndedJson(ended) }, text: `${text}\n\n${accessTokensNote}` };
}
