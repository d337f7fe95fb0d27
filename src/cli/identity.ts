import type { Command } from "commander";
import type { IdentityType } from "../engine/token-request";
import { addExamples, type CommandOutput, formatDetails, makeAction } from "./output";
import { makeChoiceParser } from "./options";

interface CreateIdentityOptions {
  programme: string;
  type: IdentityType;
}

const types = ["CORPORATE", "CONSUMER"] as const satisfies readonly IdentityType[];

/** `polymint identity …` */
export function addIdentity(program: Command): void {
  const identity = program.command("identity").description("identities of a programme: the corporates and consumers that tokens are about");
  const create = identity
    .command("create")
    .description("make an identity; prints its identity_id")
    .requiredOption("--programme <id>", "the programme it belongs to")
    .requiredOption("--type <type>", `one of ${types.join(", ")}`, makeChoiceParser(types))
    .action(makeAction(createIdentity));
  addExamples(create, "identity create --programme acme --type CORPORATE", "identity create --programme acme --type CONSUMER --json");
  addStatus(
    identity,
    "deactivate",
    "deactivated",
    "no more tokens for this identity; those that it has are inactive until it is active again",
  );
  addStatus(identity, "activate", "active", "tokens for this identity again; those that have not expired are active again");
  addExamples(identity, "identity create --programme acme --type CORPORATE", "identity deactivate 406211845231877120");
}

function addStatus(identity: Command, name: string, status: "active" | "deactivated", description: string): void {
  const command = identity
    .command(name)
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

async function setStatus(id: string, status: "active" | "deactivated"): Promise<CommandOutput> {
  const { runAuditedChange } = await import("./audited.js");
  const { makeIdentities } = await import("../store/programmes/identities.js");
  const command = status === "active" ? "identity activate" : "identity deactivate";
  await runAuditedChange({ command, object: `identity ${id}` }, ({ database }) => makeIdentities(database).setStatus(id, status));
  return { json: { identity_id: id, status }, text: `Identity ${id} is ${status}.` };
}
