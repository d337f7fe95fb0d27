import type { Command } from "commander";
import type { ConsentFilter, ConsentRecord } from "../store/people/consent-admin";
import { addConsentRevoke } from "./consent-revoke";
import { addExamples, type CommandOutput, formatTable, formatTimeOrNull, joinItems, makeAction } from "./output";
import { omitUndefined } from "./options";
import { addPageOptions, formatPage, type PageOptions, readPage } from "./paging";
import type { CommandSession } from "./session";

interface ListConsentsOptions extends PageOptions {
  person?: string;
  client?: string;
}

/** `polymint consent …` */
export function addConsent(program: Command): void {
  const consent = program.command("consent").description("what people have allowed applications and devices");
  const list = consent
    .command("list")
    .description("by person and client; a device has families of tokens, and no consent that is remembered")
    .option("--person <id>", "of this person only")
    .option("--client <id>", "to this client only");
  addPageOptions(list, consentCursor).action(makeAction(listConsents));
  addExamples(list, "consent list", "consent list --client inspector --limit 1000", "consent list --person 406211845231 --json");
  addConsentRevoke(consent);
  addExamples(consent, "consent list --person 406211845231", "consent revoke --person 406211845231 --client inspector");
}

/** What the cursors of `readConsents` look like: a person and a client. */
export const consentCursor = /^\d+,\P{Control}+$/u;

async function listConsents({ person, client, ...options }: ListConsentsOptions): Promise<CommandOutput> {
  const { withSession } = await import("./session.js");
  return withSession((session) => readConsents(session, omitUndefined({ personId: person, clientId: client }), options));
}

/** Lists consents, for `consent list` and `person consents`. */
export async function readConsents(
  { database, clock }: CommandSession,
  filter: Omit<ConsentFilter, keyof PageOptions>,
  options: PageOptions,
): Promise<CommandOutput> {
  const { makeConsentAdmin, toConsentCursor } = await import("../store/people/consent-admin.js");
  const admin = makeConsentAdmin(database);
  const { rows, next } = await readPage(options, (request) => admin.list({ ...filter, ...request }, clock()), toConsentCursor);
  return formatPage(formatConsents(rows), next);
}

export function toConsentJson({ personId, clientId, scopes, givenAt, families }: ConsentRecord) {
  return { person_id: personId, client_id: clientId, scopes, given_at: formatTimeOrNull(givenAt), families };
}

function formatConsents(consents: readonly ConsentRecord[]): CommandOutput {
  const rows = consents.map(({ personId, clientId, scopes, givenAt, families }) => [
    ...[personId, clientId, joinItems(scopes), formatTimeOrNull(givenAt), families],
  ]);
  const text =
    rows.length === 0 ? "There are no such consents." : formatTable(["PERSON_ID", "CLIENT", "SCOPES", "GIVEN", "FAMILIES"], rows);
  return { json: { consents: consents.map(toConsentJson) }, text };
}
