import type { Command } from "commander";
import type { DelegatedClient } from "../engine/ports/users";
import type { DelegatedClientRecord } from "../store/programmes/delegated-clients";
import type { DelegateCertificate } from "../x509/delegate-certificate";
import { makeChoiceParser, omitUndefined } from "./options";
import { addExamples, type CommandOutput, formatDetails, formatTable, formatTime, makeAction } from "./output";
import { addPageOptions, formatPage, type PageOptions, readPage } from "./paging";

interface ListDelegatesOptions extends PageOptions {
  programme?: string;
  status?: DelegatedClient["status"];
}

/** `polymint delegated-client list` and `polymint delegated-client show` */
export function addDelegateList(delegate: Command): void {
  const list = delegate
    .command("list")
    .description("delegated clients, by id")
    .option("--programme <id>", "of this programme only")
    .option("--status <status>", "active or disabled", makeChoiceParser<DelegatedClient["status"]>(["active", "disabled"]));
  addPageOptions(list).action(makeAction(listDelegates));
  addExamples(list, "delegated-client list", "delegated-client list --programme acme --json");
  const show = delegate
    .command("show")
    .description("everything on a delegated client, and the fingerprint of its certificate")
    .argument("<id>", "the delegated client")
    .action(makeAction(showDelegate));
  addExamples(show, "delegated-client show payroll", "delegated-client show payroll --json");
}

async function listDelegates({ programme, status, ...options }: ListDelegatesOptions): Promise<CommandOutput> {
  const { withSession } = await import("./session.js");
  const { makeDelegatedClients } = await import("../store/programmes/delegated-clients.js");
  const { readDelegateCertificate } = await import("../x509/delegate-certificate.js");
  const filter = omitUndefined({ programmeId: programme, status });
  const { rows, next } = await withSession(({ database }) =>
    readPage(
      options,
      (request) => makeDelegatedClients(database).list({ ...filter, ...request }),
      ({ id }) => id,
    ),
  );
  const clients = rows.map((record) => toDelegateJson(record, readDelegateCertificate(record.certificate)));
  const headings = ["DELEGATED_CLIENT_ID", "NAME", "PROGRAMME", "STATUS", "CERTIFICATE UNTIL"];
  const cells = clients.map((each) => [each.delegated_client_id, each.name, each.programme_id, each.status, each.certificate_expires_at]);
  const text = clients.length === 0 ? "There are no such delegated clients." : formatTable(headings, cells);
  return formatPage({ json: { delegated_clients: clients }, text }, next);
}

async function showDelegate(id: string): Promise<CommandOutput> {
  const { withSession } = await import("./session.js");
  const { makeDelegatedClients } = await import("../store/programmes/delegated-clients.js");
  const { readDelegateCertificate } = await import("../x509/delegate-certificate.js");
  const record = await withSession(({ database }) => makeDelegatedClients(database).show(id));
  const json = toDelegateJson(record, readDelegateCertificate(record.certificate));
  return { json, text: formatDetails(json) };
}

function toDelegateJson(record: DelegatedClientRecord, { fingerprint, notAfter }: Pick<DelegateCertificate, "fingerprint" | "notAfter">) {
  return {
    delegated_client_id: record.id,
    name: record.name,
    programme_id: record.programmeId,
    status: record.status,
    certificate_sha256: fingerprint,
    certificate_expires_at: formatTime(Math.floor(notAfter / 1000)),
    created_at: formatTime(record.createdAt),
  };
}
