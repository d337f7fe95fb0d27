import { readFileSync } from "node:fs";
import type { Command } from "commander";
import type { DelegatedClient } from "../engine/ports/users";
import type { DelegatedClientRecord } from "../store/programmes/delegated-clients";
import { CommandFailure } from "./errors";
import { examples } from "./help";
import { given } from "./options";
import { answering, details, iso, type Shown, table } from "./output";

interface CreateOptions {
  programme: string;
  certificate: string;
  id?: string;
  name?: string;
}

type Status = DelegatedClient["status"];

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
    .action(answering(createDelegate));
  const example = "delegated-client create --programme acme --certificate payroll.crt.pem";
  examples(create, example, `${example} --id payroll --name "Payroll" --json`);
  const list = delegate
    .command("list")
    .description("every delegated client, by id")
    .option("--programme <id>", "of this programme only")
    .action(answering(listDelegates));
  examples(list, "delegated-client list", "delegated-client list --programme acme --json");
  addStatus(delegate, "disable", "disabled", "refuse a delegated client's assertions from now on");
  addStatus(delegate, "enable", "active", "accept a disabled delegated client's assertions again");
  examples(delegate, example, "delegated-client list --programme acme", "delegated-client disable payroll");
}

function addStatus(delegate: Command, name: string, status: Status, description: string): void {
  const command = delegate
    .command(name)
    .description(description)
    .argument("<id>", "the delegated client")
    .action(answering((id: string) => setStatus(id, status)));
  examples(command, `delegated-client ${name} payroll`, `delegated-client ${name} payroll --json`);
}

async function createDelegate({ programme, certificate: file, id, name }: CreateOptions): Promise<Shown> {
  const certificate = contentOf(file);
  const { changing } = await import("./audited.js");
  const { makeDelegatedClients } = await import("../store/programmes/delegated-clients.js");
  const { makeRegisterDelegate } = await import("../registration/delegated-clients.js");
  const object = (client: { id: string }): string => `delegated client ${client.id} of programme ${programme}`;
  const made = await changing({ command: "delegated-client create", object }, ({ database, clock }) => {
    const register = makeRegisterDelegate({ delegatedClients: makeDelegatedClients(database), clock });
    return register({ programmeId: programme, certificate, ...given({ id, name }) });
  });
  const { notAfter, fingerprint } = made.facts;
  const expires = iso(Math.floor(notAfter / 1000));
  const shown = { delegated_client_id: made.id, certificate_sha256: fingerprint, certificate_expires_at: expires };
  return { json: { ...shown, programme_id: programme, name: made.name, status: "active" }, text: details(shown) };
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch (cause) {
    throw new CommandFailure("usage", `the certificate file ${file} cannot be read`, cause);
  }
}

async function listDelegates({ programme }: { programme?: string }): Promise<Shown> {
  const { inSession } = await import("./session.js");
  const { makeDelegatedClients } = await import("../store/programmes/delegated-clients.js");
  const { readDelegateCertificate: readCertificate } = await import("../x509/delegate-certificate.js");
  const found = await inSession(({ database }) => makeDelegatedClients(database).list(programme));
  const clients = found.map((record) => jsonOf(record, readCertificate(record.certificate)));
  if (clients.length === 0) return { json: { delegated_clients: clients }, text: "There are no such delegated clients." };
  const headings = ["DELEGATED_CLIENT_ID", "NAME", "PROGRAMME", "STATUS", "CERTIFICATE UNTIL"];
  const rows = clients.map((each) => [each.delegated_client_id, each.name, each.programme_id, each.status, each.certificate_expires_at]);
  return { json: { delegated_clients: clients }, text: table(headings, rows) };
}

function jsonOf(record: DelegatedClientRecord, { fingerprint, notAfter }: { fingerprint: string; notAfter: number }) {
  return {
    delegated_client_id: record.id,
    name: record.name,
    programme_id: record.programmeId,
    status: record.status,
    certificate_sha256: fingerprint,
    certificate_expires_at: iso(Math.floor(notAfter / 1000)),
    created_at: iso(record.createdAt),
  };
}

async function setStatus(id: string, status: Status): Promise<Shown> {
  const { changing } = await import("./audited.js");
  const { makeDelegatedClients } = await import("../store/programmes/delegated-clients.js");
  const change = { command: `delegated-client ${status === "active" ? "enable" : "disable"}`, object: `delegated client ${id}` };
  await changing(change, ({ database }) => makeDelegatedClients(database).setStatus(id, status));
  return { json: { delegated_client_id: id, status }, text: `Delegated client ${id} is ${status}.` };
}
