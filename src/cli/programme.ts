import { type Command, Option } from "commander";
import type { Registered } from "../registration/register";
import { CommandFailure } from "./errors";
import { examples } from "./help";
import { given } from "./options";
import { answering, details, type Shown } from "./output";

interface CreateOptions {
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
    .action(answering(createProgramme));
  examples(create, 'programme create --name "Acme Treasury"', "programme create --id acme --json");
  addDelegation(programme);
  examples(
    programme,
    'programme create --name "Acme Treasury"',
    "programme delegation acme --on",
    "client list --contract weavr",
    "client rotate-secret acme",
  );
}

async function createProgramme({ name, id }: CreateOptions): Promise<Shown> {
  const { changing } = await import("./audited.js");
  const { registrar } = await import("./register.js");
  const change = { command: "programme create", object: (made: Registered) => `programme ${made.client.id}` };
  const { client, secret } = await changing(change, (session) => registrar(session)({ contracts: [contract], ...given({ name, id }) }));
  const shown = { programme_id: client.id, api_key: secret?.value ?? "" };
  return {
    json: { programme_id: client.id, name: client.name, api_key: shown.api_key },
    text: `${details(shown)}\n\nKeep the api_key now: it is not shown again.`,
  };
}

function addDelegation(programme: Command): void {
  const command = programme
    .command("delegation")
    .description("let the programme's delegated clients act for its identities, or stop them all")
    .argument("<id>", "the programme")
    .addOption(new Option("--on", "let them act").conflicts("off"))
    .option("--off", "stop them; they stay registered")
    .action(answering(setDelegation));
  examples(command, "programme delegation acme --on", "programme delegation acme --off --json");
}

async function setDelegation(id: string, { on, off }: { on?: true; off?: true }): Promise<Shown> {
  if (on === undefined && off === undefined) throw new CommandFailure("usage", "say --on or --off");
  const enabled = on === true;
  const { changing } = await import("./audited.js");
  const { makeProgrammes } = await import("../store/programmes/programmes.js");
  const change = { command: `programme delegation ${enabled ? "on" : "off"}`, object: `programme ${id}` };
  await changing(change, ({ database }) => makeProgrammes(database).setDelegation(id, enabled));
  return { json: { programme_id: id, delegation: enabled }, text: `Delegation is ${enabled ? "on" : "off"} for programme ${id}.` };
}
