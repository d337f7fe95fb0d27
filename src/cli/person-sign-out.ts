import type { Command } from "commander";
import type { EndedLogins } from "../store/people/endings";
import { accessTokensNote, dryRunOption, endedAny, formatEnded, toEndedJson } from "./ended-output";
import { addExamples, type CommandOutput, makeAction } from "./output";

/** `polymint person sign-out` */
export function addPersonSignOut(person: Command): void {
  const command = person
    .command("sign-out")
    .description("end a person's sessions and refresh families, with all their access tokens: every browser, application and device")
    .argument("<id>", "the person")
    .option(...dryRunOption)
    .action(makeAction(signOut));
  addExamples(command, "person sign-out 406211845231 --dry-run", "person sign-out 406211845231", "person sign-out 406211845231 --json");
}

async function signOut(id: string, { dryRun = false }: { dryRun?: boolean }): Promise<CommandOutput> {
  const { runAuditedChange } = await import("./audited.js");
  const { makePeople } = await import("../store/people/people.js");
  const object = (ended: EndedLogins): string | undefined => (endedAny(ended) ? `person ${id}` : undefined);
  const ended = await runAuditedChange({ command: "person sign-out", object, dryRun }, ({ database, clock }) =>
    makePeople(database).signOut(id, clock()),
  );
  const text = formatEnded(ended, `Person ${id} is signed out.`, dryRun);
  return { json: { person_id: id, dry_run: dryRun, ...toEndedJson(ended) }, text: `${text}\n\n${accessTokensNote}` };
}
