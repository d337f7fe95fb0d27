import { readFileSync } from "node:fs";
import type { Command } from "commander";
import type { DelegatedClient } from "../engine/ports/users";
import { addDelegateAssertion } from "./delegated-client-assertion";
import { addDelegateList } from "./delegated-client-list";
import { CommandError } from "./errors";
import { addExamples, type CommandOutput, formatDetails, formatTime, makeAction } from "./output";
import { omitUndefined } from "./options";

interface CreateDelegateOptions {
  programme: string;
  certificate: string;
  id?: string;
  name?: string;
}

type DelegateStatus = DelegatedClient["status"];

/** `polymint delegated-client …` */
export function addDelegatedClient(program: Command): void {
  const delegate = program
    .command("delegated-client")
    .description("delegated API clients of a programme: programs that act for its identities with the key of a certificate");
  const create = delegate
    .command("create")
    .description("register a delegated client; prints its delegated_client_id, the iss of its assertions")
    .requiredOption("--programme <id>", "the programme it belongs to; `polymint programme delegation` lets it act")
    .requiredOption("--certificate <file>", "its X.509 certificate in PEM form, with an RSA key of at least 2048 bits")
    .option("--id <id>", "an id of your choice; a random one otherwise")
    .option("--name <name>", "what people call it")
    .action(makeAction(createDelegate));
  const example = "delegated-client create --programme acme --certificate payroll.crt.pem";
  addExamples(create, example, `${example} --id payroll --name "Payroll" --json`);
  addDelegateList(delegate);
  addDelegateAssertion(delegate);
  addStatus(delegate, "disable", "disabled", "refuse a delegated client's assertions from now on; its tokens are inactive meanwhile");
  addStatus(
    delegate,
    "enable",
    "active",
    "accept a disabled delegated client's assertions again; its tokens that have not expired are active again",
  );
  addExamples(delegate, example, "delegated-client list --programme acme", "delegated-client disable payroll");
}

function addStatus(delegate: Command, name: string, status: DelegateStatus, description: string): void {
  const command = delegate
    .command(name)
    .description(description)
    .argument("<id>", "the delegated client")
    .action(makeAction((id: string) => setStatus(id, status)));
  addExamples(command, `delegated-client ${name} payroll`, `delegated-client ${name} payroll --json`);
}

async function createDelegate({ programme, certificate: file, id, name }: CreateDelegateOptions): Promise<CommandOutput> {
  const certificate = readCertificateFile(file);
  const { runAuditedChange } = await import("./audited.js");
  const { makeDelegatedClients } = await import("../store/programmes/delegated-clients.js");
  const { makeRegisterDelegate } = await import("../registration/delegated-clients.js");
  const object = (client: { id: string }): string => `delegated client ${client.id} of programme ${programme}`;
  const made = await runAuditedChange({ command: "delegated-client create", object }, ({ database, clock }) => {
    const register = makeRegisterDelegate({ delegatedClients: makeDelegatedClients(database), clock });
    return register({ programmeId: programme, certificate, ...omitUndefined({ id, name }) });
  });
  const { notAfter, fingerprint } = made.facts;
  const expires = formatTime(Math.floor(notAfter / 1000));
  const values = { delegated_client_id: made.id, certificate_sha256: fingerprint, certificate_expires_at: expires };
  return { json: { ...values, programme_id: programme, name: made.name, status: "active" }, text: formatDetails(values) };
}

function readCertificateFile(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch (cause) {
    throw new CommandError("usage", `the certificate file ${file} cannot be read`, cause);
  }
}

async function setStatus(id: string, status: DelegateStatus): Promise<CommandOutput> {
  const { runAuditedChange } = await import("./audited.js");
  const { makeDelegatedClients } = await import("../store/programmes/delegated-clients.js");
  const change = { command: `delegated-client ${status === "active" ? "enable" : "disable"}`, object: `delegated client ${id}` };
  await runAuditedChange(change, ({ database }) => makeDelegatedClients(database).setStatus(id, status));
  return { json: { delegated_client_id: id, status }, text: `Delegated client ${id} is ${status}.` };
}
