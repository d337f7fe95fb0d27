import type { Command } from "commander";
import type { UserRole } from "../engine/decision";
import { examples } from "./help";
import { emailAddress, oneOf, repeated } from "./options";
import { answering, details, isoOrNull, type Shown, table } from "./output";
import { readPassword } from "./terminal";

interface CreateOptions {
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
    .requiredOption("--email <address>", "what the user logs in with", emailAddress)
    .requiredOption("--password-stdin", "read the password, 8 to 128 characters, from standard input")
    .requiredOption("--identity <id>", "an identity the user may act for; repeatable", repeated)
    .requiredOption("--role <role>", `one of ${roles.join(", ")}`, oneOf(roles))
    .action(answering(createUser));
  const example =
    "user create --programme acme --email ada@example.net --identity 406211845231877120 --role ROOT --password-stdin < password.txt";
  examples(create, example, example.replace(" <", " --json <"));
  addList(user);
  addUnlock(user);
  examples(user, example, "user list --programme acme", "user unlock 406211845231877120");
}

function addList(user: Command): void {
  const list = user
    .command("list")
    .description("the users of a programme, by address, and until when they are locked")
    .requiredOption("--programme <id>", "the programme they belong to")
    .action(answering(listUsers));
  examples(list, "user list --programme acme", "user list --programme acme --json");
}

function addUnlock(user: Command): void {
  const unlock = user
    .command("unlock")
    .description("let a user who was locked after failed logins log in again, and forget the failures")
    .argument("<id>", "the user")
    .action(answering(unlockUser));
  examples(unlock, "user unlock 406211845231877120", "user unlock 406211845231877120 --json");
}

async function listUsers({ programme }: { programme: string }): Promise<Shown> {
  const { inSession } = await import("./session.js");
  const { makeUsers } = await import("../store/programmes/users.js");
  const users = await inSession(({ database, clock }) => makeUsers(database).list(programme, clock()));
  const rows = users.map(({ id, email, role, status, lockedUntil }) => [id, email, role, status, isoOrNull(lockedUntil)]);
  const json = users.map(({ id, email, role, status, lockedUntil }) => ({
    ...{ user_id: id, email, role, status },
    locked_until: isoOrNull(lockedUntil),
  }));
  const text = rows.length === 0 ? "There are no such users." : table(["USER_ID", "EMAIL", "ROLE", "STATUS", "LOCKED UNTIL"], rows);
  return { json: { users: json }, text };
}

async function unlockUser(id: string): Promise<Shown> {
  const { changing } = await import("./audited.js");
  const { makeUsers } = await import("../store/programmes/users.js");
  const { makeLoginLocks } = await import("../store/programmes/login-locks.js");
  const { NotFoundError } = await import("../store/database/errors.js");
  const change = { command: "user unlock", object: (locked: boolean) => (locked ? `user ${id}` : undefined) };
  const wasLocked = await changing(change, async ({ database, digest, clock }) => {
    const name = await makeUsers(database).contactOf(id);
    if (name === undefined) throw new NotFoundError(`there is no user ${id}`);
    return makeLoginLocks({ database, digest }).release(name, clock());
  });
  return { json: { user_id: id, was_locked: wasLocked }, text: `User ${id} ${wasLocked ? "is unlocked" : "was not locked"}.` };
}

async function createUser({ programme, email, identity, role }: CreateOptions): Promise<Shown> {
  const password = await readPassword();
  const { changing } = await import("./audited.js");
  const { makeUsers } = await import("../store/programmes/users.js");
  const { hashPassword } = await import("../secrets/password.js");
  const passwordHash = await hashPassword(password);
  const change = { command: "user create", object: (made: string) => `user ${made} of programme ${programme}` };
  const id = await changing(change, ({ database, clock }) =>
    makeUsers(database).create({ programmeId: programme, email, passwordHash, role, identityIds: identity }, clock()),
  );
  const json = { user_id: id, programme_id: programme, email: email.toLowerCase(), role, identity_ids: identity };
  return { json, text: details({ user_id: id }) };
}
