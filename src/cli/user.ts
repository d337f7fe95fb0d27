import type { Command } from "commander";
import type { UserRole } from "../engine/types";
import { examples } from "./help";
import { emailAddress, oneOf, repeated } from "./options";
import { answering, details, type Shown } from "./output";
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
  examples(user, example);
}

async function createUser({ programme, email, identity, role }: CreateOptions): Promise<Shown> {
  const password = await readPassword();
  const { inSession } = await import("./session.js");
  const { makeUsers } = await import("../store/users.js");
  const { hashPassword } = await import("../services/login/password.js");
  const passwordHash = await hashPassword(password);
  const id = await inSession(({ database, clock }) =>
    makeUsers(database).create({ programmeId: programme, email, passwordHash, role, identityIds: identity }, clock()),
  );
  const json = { user_id: id, programme_id: programme, email: email.toLowerCase(), role, identity_ids: identity };
  return { json, text: details({ user_id: id }) };
}
