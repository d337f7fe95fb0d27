import type { Command } from "commander";
import type { UserHoldings } from "../store/programmes/user-logins";
import { addExamples, type CommandOutput, makeAction } from "./output";
import { dryRunOption } from "./ended-output";
import { formatHoldings, toHoldingsJson } from "./user-holdings";

/** `polymint user sign-out` */
export function addUserSignOut(user: Command): void {
  const command = user
    .command("sign-out")
    .description("end a user's logins, with all tokens that came of them, and one-time tokens that are unspent")
    .argument("<id>", "the user")
    .option(...dryRunOption)
    .action(makeAction(signOut));
  const example = "user sign-out 406211845231877120";
  addExamples(command, `${example} --dry-run`, example, `${example} --json`);
}

async function signOut(id: string, { dryRun = false }: { dryRun?: boolean }): Promise<CommandOutput> {
  const ended = await endHoldings(id, dryRun);
  return {
    json: { user_id: id, dry_run: dryRun, ...toHoldingsJson(ended) },
    text: formatHoldings(ended, `User ${id} is signed out.`, dryRun),
  };
}

async function endHoldings(id: string, dryRun: boolean): Promise<UserHoldings> {
  const { runAuditedChange } = await import("./audited.js");
  const { makeUserLogins } = await import("../store/programmes/user-logins.js");
  const object = ({ logins, oneTimeTokens }: UserHoldings): string | undefined =>
    logins.length === 0 && oneTimeTokens === 0 ? undefined : `user ${id}`;
  return runAuditedChange({ command: "user sign-out", object, patient: true, dryRun }, ({ database, clock }) =>
    makeUserLogins(database).end(id, clock()),
  );
}
