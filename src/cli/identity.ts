import type { Command } from "commander";
import type { LinkedIdentity } from "../engine/ports/users";
import type { IdentityType } from "../engine/token-request";
import { addIdentityList, identityTypes } from "./identity-list";
import { addExamples, type CommandOutput, formatDetails, makeAction } from "./output";
import { makeChoiceParser } from "./options";

interface CreateIdentityOptions {
  programme: string;
  type: IdentityType;
}

type IdentityStatus = LinkedIdentity["status"];

/** `polymint identity …` */
export function addIdentity(program: Command): void {
  const identity = program.command("identity").description("identities of a programme: the corporates and consumers that tokens are about");
  const create = identity
    .command("create")
    .description("make an identity; prints its identity_id")
    .requiredOption("--programme <id>", "the programme it belongs to")
    .requiredOption("--type <type>", `one of ${identityTypes.join(", ")}`, makeChoiceParser(identityTypes))
    .action(makeAction(createIdentity));
  addExamples(create, "identity create --programme acme --type CORPORATE", "identity create --programme acme --type CONSUMER --json");
  addIdentityList(identity);
  addStatus(
    identity,
    "disable",
    "deactivated",
    "no more tokens for this identity; those that it has are inactive until it is enabled again",
  );
  addStatus(identity, "enable", "active", "tokens for this identity again; those that have not expired are active again");
  addExamples(
    identity,
    "identity create --programme acme --type CORPORATE",
    "identity list --programme acme",
    "identity disable 406211845231877120",
  );
}

/** What the commands were called before, and scripts may still call them. */
const formerNames = { disable: "deactivate", enable: "activate" } as const;

function addStatus(identity: Command, name: "disable" | "enable", status: IdentityStatus, description: string): void {
  const command = identity
    .command(name)
    .alias(formerNames[name])
    .description(description)
    .argument("<id>", "the identity")
    .action(makeAction((id: string) => setStatus(id, status)));
  addExamples(command, `identity ${name} 406211845231877120`, `identity ${name} 406211845231877120 --json`);
}

async function createIdentity({ programme, type }: CreateIdentityOptions): Promise<CommandOutput> {
  const { runAuditedChange } = await import("./audited.js");
  const { makeIdentities } = await import("../store/programmes/identities.js");
  const change = { command: "identity create", object: (made: string) => `identity ${made} of programme ${programme}` };
  const id = await runAuditedChange(change, ({ database, clock }) => makeIdentities(database).create(programme, type, clock()));
  return { json: { identity_id: id, programme_id: programme, type, status: "active" }, text: formatDetails({ identity_id: id }) };
}

async function setStatus(id: string, status: IdentityStatus): Promise<CommandOutput> {
  const { runAuditedChange } = await import("./audited.js");
  const { makeIdentities } = await import("../store/programmes/identities.js");
  const command = status === "active" ? "identity enable" : "identity disable";
  await runAuditedChange({ command, object: `identity ${id}` }, ({ database }) => makeIdentities(database).setStatus(id, status));
  return { json: { identity_id: id, status }, text: `Identity ${id} is ${status}.` };
}
