import type { Command } from "commander";
import type { UserHoldings } from "../store/programmes/user-logins";
import { addExamples, type CommandOutput, makeAction } from "./output";
import { dryRunOption } from "./ended-output";
import { formatHoldings, toHoldingsJson } from "./user-holdings";

/** `polymint user disable` and `polymint user enable` */
export function addUserStatus(user: Command): void {
  const disable = user
    .command("disable")
    .description("no login, and no tokens; ends what the user has, as sign-out does")
    .argument("<id>", "the user")
    .option(...dryRunOption)
    .action(makeAction(disableUser));
  const example = "user disable 406211845231877120";
  addExamples(disable, `${example} --dry-run`, example, `${example} --json`);
  const enable = user
    .command("enable")
    .description("let a disabled user log in again; what was ended stays ended")
    .argument("<id>", "the user")
    .action(makeAction(enableUser));
  addExamples(enable, "user enable 406211845231877120", "user enable 406211845231877120 --json");
}

async function disableUser(id: string, { dryRun = false }: { dryRun?: boolean }): Promise<CommandOutput> {
  const ended = await disable(id, dryRun);
  return {
    json: { user_id: id, dry_run: dryRun, ...(dryRun ? {} : { status: "disabled" }), ...toHoldingsJson(ended) },
    text: formatHoldings(ended, `User ${id} is disabled.`, dryRun),
  };
}

async function disable(id: string, dryRun: boolean): Promise<UserHoldings> {
  const { runAuditedChange } = await import("./audited.js");
  const { makeUsers } = await import("../store/programmes/users.js");
  const { makeUserLogins } = await import("../store/programmes/user-logins.js");
  return runAuditedChange({ command: "user disable", object: `user ${id}`, patient: true, dryRun }, async ({ database, clock }) => {
    await makeUsers(database).setStatus(id, "disabled");
    return makeUserLogins(database).end(id, clock());
  });
}

async function enableUser(id: string): Promise<CommandOutput> {
  const { runAuditedChange } = await import("./audited.js");
  const { makeUsers } = await import("../store/programmes/users.js");
  await runAuditedChange({ command: "user enable", object: `user ${id}` }, ({ database }) => makeUsers(database).setStatus(id, "active"));
  return { json: { user_id: id, status: "active" }, text: `User ${id} is active.` };
}
