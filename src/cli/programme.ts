import { type Command, Option } from "commander";
import type { ContractPolicy } from "../engine/policy";
import type { RegisteredClient } from "../registration/registration";
import { CommandError } from "./errors";
import { omitUndefined } from "./options";
import { addProgrammeList } from "./programme-list";
import { addExamples, type CommandOutput, formatDetails, makeAction } from "./output";

interface CreateProgrammeOptions {
  contract?: string;
  name?: string;
  id?: string;
}

/** `polymint programme …` */
export function addProgramme(program: Command): void {
  const programme = program.command("programme").description("programmes: clients with an API key, identities and users");
  const create = programme
    .command("create")
    .description("register a programme; prints its programme_id and, this once, its api_key")
    .option("--contract <contract>", "the contract it may use; needed if several contracts have programmes")
    .option("--name <name>", "what people call it")
    .option("--id <id>", "an id of your choice; a random one otherwise")
    .action(makeAction(createProgramme));
  addExamples(create, 'programme create --name "Acme Treasury"', "programme create --id acme --json");
  addProgrammeList(programme);
  addDelegation(programme);
  addExamples(
    programme,
    'programme create --name "Acme Treasury"',
    "programme list",
    "programme show acme",
    "programme delegation acme --on",
    "client rotate-secret acme",
  );
}

async function createProgramme({ contract: wanted, name, id }: CreateProgrammeOptions): Promise<CommandOutput> {
  const { runAuditedChange } = await import("./audited.js");
  const { registerClient } = await import("./register.js");
  const change = { command: "programme create", object: (made: RegisteredClient) => `programme ${made.client.id}` };
  const { client, secret } = await runAuditedChange(change, (session) =>
    registerClient(session, { contracts: [chooseContract(session.contracts, wanted)], ...omitUndefined({ name, id }) }),
  );
  const values = { programme_id: client.id, api_key: secret?.value ?? "" };
  return {
    json: { programme_id: client.id, name: client.name, api_key: values.api_key },
    text: `${formatDetails(values)}\n\nKeep the api_key now: it is not shown again.`,
  };
}

/**
 * Chooses the contract of a new programme. Programmes are the clients that authenticate with an API key.
 * @param contracts the policies of all contracts, by the contract's name
 * @param wanted the contract that the operator named; needed only if several contracts have programmes
 * @throws CommandError if that leaves none, or more than one
 */
export function chooseContract(contracts: ReadonlyMap<string, ContractPolicy>, wanted?: string): string {
  const names = [...contracts].filter(([, policy]) => policy.authMethods.includes("api_key")).map(([name]) => name);
  const [name, ...others] = wanted === undefined ? names : names.filter((each) => each === wanted);
  if (name !== undefined && others.length === 0) return name;
  if (names.length === 0) throw new CommandError("usage", "no contract has programmes");
  const list = names.join(", ");
  if (wanted === undefined)
    throw new CommandError("usage", `say with --contract which contract the programme may use; those with programmes: ${list}`);
  throw new CommandError("usage", `there is no contract ${wanted} with programmes; those with programmes: ${list}`);
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
