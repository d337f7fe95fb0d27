import { type Command, Option } from "commander";
import type { RegisteredClient } from "../registration/registration";
import { CommandError } from "./errors";
import { addExamples } from "./output";
import { omitUndefined } from "./options";
import { makeAction, formatDetails, type CommandOutput } from "./output";

interface CreateProgrammeOptions {
  name?: string;
  id?: string;
}

/** The contract that knows programmes. */
const contract = "weavr";

/** `polymint programme …` */
export function addProgramme(program: Command): void {
  const programme = program
    .command("programme")
    .description("programmes of the weavr contract: clients with an API key, identities and users");
  const create = programme
    .command("create")
    .description("register a programme; prints its programme_id and, this once, its api_key")
    .option("--name <name>", "what people call it")
    .option("--id <id>", "an id of your choice; a random one otherwise")
    .action(makeAction(createProgramme));
  addExamples(create, 'programme create --name "Acme Treasury"', "programme create --id acme --json");
  addDelegation(programme);
  addExamples(
    programme,
    'programme create --name "Acme Treasury"',
    "programme delegation acme --on",
    "client list --contract weavr",
    "client rotate-secret acme",
  );
}

async function createProgramme({ name, id }: CreateProgrammeOptions): Promise<CommandOutput> {
  const { runAuditedChange } = await import("./audited.js");
  const { registrar } = await import("./register.js");
  const change = { command: "programme create", object: (made: RegisteredClient) => `programme ${made.client.id}` };
  const { client, secret } = await runAuditedChange(change, (session) =>
    registrar(session)({ contracts: [contract], ...omitUndefined({ name, id }) }),
  );
  const shown = { programme_id: client.id, api_key: secret?.value ?? "" };
  return {
    json: { programme_id: client.id, name: client.name, api_key: shown.api_key },
    text: `${formatDetails(shown)}\n\nKeep the api_key now: it is not shown again.`,
  };
}

function addDelegation(programme: Command): void {
  const command = programme
    .command("delegation")
    .description("let the programme's delegated clients act for its identities, or stop them all")
    .argument("<id>", "the programme")
    .addOption(new Option("--on", "let them act").conflicts("off"))
    .option("--off", "stop them; they stay registered")
    .action(makeAction(setDelegation));
  addExamples(command, "programme delegation acme --on", "programme delegation acme --off --json");
}

async function setDelegation(id: string, { on, off }: { on?: true; off?: true }): Promise<CommandOutput> {
  if (on === undefined && off === undefined) throw new CommandError("usage", "say --on or --off");
  const enabled = on === true;
  const { runAuditedChange } = await import("./audited.js");
  const { makeProgrammes } = await import("../store/programmes/programmes.js");
  const change = { command: `programme delegation ${enabled ? "on" : "off"}`, object: `programme ${id}` };
  await runAuditedChange(change, ({ database }) => makeProgrammes(database).setDelegation(id, enabled));
  return { json: { programme_id: id, delegation: enabled }, text: `Delegation is ${enabled ? "on" : "off"} for programme ${id}.` };
}
