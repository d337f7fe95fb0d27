import type { Command } from "commander";
import type { UserHoldings } from "../store/programmes/user-logins";
import { passwordOption } from "./options";
import { addExamples, type CommandOutput, makeAction } from "./output";
import { readPassword } from "./terminal";
import { dryRunOption } from "./ended-output";
import { formatHoldings, toHoldingsJson } from "./user-holdings";

interface SetPasswordOptions {
  keepSessions?: boolean;
  dryRun?: boolean;
}

/** `polymint user set-password` */
export function addUserSetPassword(user: Command): void {
  const command = user
    .command("set-password")
    .description("give a user another password; ends what the user has, as sign-out does")
    .argument("<id>", "the user")
    .requiredOption(...passwordOption)
    .option("--keep-sessions", "end nothing; only the next login needs the new password")
    .option(...dryRunOption)
    .action(makeAction(setPassword));
  const example = "user set-password 406211845231877120";
  addExamples(command, `${example} --password-stdin < password.txt`, `${example} --keep-sessions --password-stdin < password.txt`);
}

const nothing: UserHoldings = { logins: [], oneTimeTokens: 0 };

async function setPassword(id: string, { keepSessions = false, dryRun = false }: SetPasswordOptions): Promise<CommandOutput> {
  const password = await readPassword();
  const ended = await change(id, password, { keepSessions, dryRun });
  const json = { user_id: id, dry_run: dryRun, kept_sessions: keepSessions, ...toHoldingsJson(ended) };
  const done = `User ${id} has the new password.`;
  return { json, text: keepSessions && !dryRun ? `${done} Nothing was ended.` : formatHoldings(ended, done, dryRun) };
}

async function change(id: string, password: string, { keepSessions, dryRun }: Required<SetPasswordOptions>): Promise<UserHoldings> {
  const { runAuditedChange } = await import("./audited.js");
  const { makeUsers } = await import("../store/programmes/users.js");
  const { makeUserLogins } = await import("../store/programmes/user-logins.js");
  const { NotFoundError } = await import("../store/database/errors.js");
  const { hashNewPassword } = await import("../secrets/password.js");
  return runAuditedChange({ command: "user set-password", object: `user ${id}`, patient: true, dryRun }, async ({ database, clock }) => {
    const users = makeUsers(database);
    const contact = await users.findContact(id);
    if (contact === undefined) throw new NotFoundError(`there is no user ${id}`);
    const { email, programmeId } = contact;
    await users.setPassword(id, await hashNewPassword(password, { email, otherWords: [programmeId] }));
    return keepSessions ? nothing : makeUserLogins(database).end(id, clock());
  });
}
