import type { Command } from "commander";
import type { UserRole } from "../engine/decision";
import type { ListedUser } from "../store/programmes/users";
import { addExamples, type CommandOutput, formatDetails, formatTable, formatTimeOrNull, joinItems, makeAction } from "./output";
import { collectValues, makeChoiceParser, omitUndefined, parseEmailAddress, passwordOption } from "./options";
import { addPageOptions, formatPage, type PageOptions, readPage } from "./paging";
import { readPassword } from "./terminal";
import { addUserSetPassword } from "./user-set-password";
import { addUserSignOut } from "./user-sign-out";
import { addUserStatus } from "./user-status";

interface CreateUserOptions {
  programme: string;
  email: string;
  identity: readonly string[];
  role: UserRole;
}

const roles = ["ROOT", "USER"] as const satisfies readonly UserRole[];

/** `polymint user …` */
export function addUser(program: Command): void {
  const user = program.command("user").description("users of a programme: the people who log in and act for its identities");
  const create = user
    .command("create")
    .description("make a user; prints its user_id")
    .requiredOption("--programme <id>", "the programme it belongs to")
    .requiredOption("--email <address>", "what the user logs in with", parseEmailAddress)
    .requiredOption(...passwordOption)
    .requiredOption("--identity <id>", "an identity the user may act for; repeatable", collectValues)
    .requiredOption("--role <role>", `one of ${roles.join(", ")}`, makeChoiceParser(roles))
    .action(makeAction(createUser));
  const example =
    "user create --programme acme --email ada@example.net --identity 406211845231877120 --role ROOT --password-stdin < password.txt";
  addExamples(create, example, example.replace(" <", " --json <"));
  addList(user);
  addUnlock(user);
  addUserStatus(user);
  addUserSetPassword(user);
  addUserSignOut(user);
  addExamples(user, example, "user list --programme acme", "user unlock 406211845231877120", "user sign-out 406211845231877120");
}

function addList(user: Command): void {
  const list = user
    .command("list")
    .description("the users of a programme, by address: whom they may act for, and until when they are locked")
    .requiredOption("--programme <id>", "the programme they belong to")
    .option("--status <status>", "active or disabled", makeChoiceParser<ListedUser["status"]>(["active", "disabled"]))
    .option("--identity <id>", "those who may act for this identity")
    .option("--search <text>", "with this in the address, in any case");
  addPageOptions(list).action(makeAction(listUsers));
  addExamples(
    list,
    "user list --programme acme",
    "user list --programme acme --identity 406211845231877120",
    "user list --programme acme --search ada@",
    "user list --programme acme --json",
  );
}

function addUnlock(user: Command): void {
  const unlock = user
    .command("unlock")
    .description("let a user who was locked after failed logins log in again, and forget the failures")
    .argument("<id>", "the user")
    .action(makeAction(unlockUser));
  addExamples(unlock, "user unlock 406211845231877120", "user unlock 406211845231877120 --json");
}

interface ListUsersOptions extends PageOptions {
  programme: string;
  status?: ListedUser["status"];
  identity?: string;
  search?: string;
}

async function listUsers({ programme, status, identity, search, ...options }: ListUsersOptions): Promise<CommandOutput> {
  const { withSession } = await import("./session.js");
  const { makeUsers } = await import("../store/programmes/users.js");
  const filter = { programmeId: programme, ...omitUndefined({ status, identityId: identity, search }) };
  const { rows, next } = await withSession(({ database, clock }) =>
    readPage(
      options,
      (request) => makeUsers(database).list({ ...filter, ...request }, clock()),
      ({ email }) => email,
    ),
  );
  const users = rows.map(({ id, email, role, status: state, lockedUntil, identityIds }) => ({
    ...{ user_id: id, email, role, status: state, locked_until: formatTimeOrNull(lockedUntil) },
    identity_ids: identityIds,
  }));
  const headings = ["USER_ID", "EMAIL", "ROLE", "STATUS", "LOCKED UNTIL", "IDENTITIES"];
  const cells = users.map((user) => Object.values({ ...user, identity_ids: joinItems(user.identity_ids) }));
  const text = users.length === 0 ? "There are no such users." : formatTable(headings, cells);
  return formatPage({ json: { users }, text }, next);
}

async function unlockUser(id: string): Promise<CommandOutput> {
  const { runAuditedChange } = await import("./audited.js");
  const { makeUsers } = await import("../store/programmes/users.js");
  const { makeLoginLocks } = await import("../store/programmes/login-locks.js");
  const { NotFoundError } = await import("../store/database/errors.js");
  const change = { command: "user unlock", object: (locked: boolean) => (locked ? `user ${id}` : undefined) };
  const wasLocked = await runAuditedChange(change, async ({ database, digest, clock }) => {
    const contact = await makeUsers(database).findContact(id);
    if (contact === undefined) throw new NotFoundError(`there is no user ${id}`);
    return makeLoginLocks({ database, digest }).release(contact, clock());
  });
  return { json: { user_id: id, was_locked: wasLocked }, text: `User ${id} ${wasLocked ? "is unlocked" : "was not locked"}.` };
}

async function createUser({ programme, email, identity, role }: CreateUserOptions): Promise<CommandOutput> {
  const password = await readPassword();
  const { runAuditedChange } = await import("./audited.js");
  const { makeUsers } = await import("../store/programmes/users.js");
  const { hashNewPassword } = await import("../secrets/password.js");
  const passwordHash = await hashNewPassword(password, { email, otherWords: [programme] });
  const change = { command: "user create", object: (made: string) => `user ${made} of programme ${programme}` };
  const id = await runAuditedChange(change, ({ database, clock }) =>
    makeUsers(database).create({ programmeId: programme, email, passwordHash, role, identityIds: identity }, clock()),
  );
  const json = { user_id: id, programme_id: programme, email: email.toLowerCase(), role, identity_ids: identity };
  return { json, text: formatDetails({ user_id: id }) };
}
