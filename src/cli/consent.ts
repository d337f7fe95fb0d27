import type { Command } from "commander";
import type { ConsentFilter, ConsentRecord } from "../store/people/consent-admin";
import { addConsentRevoke } from "./consent-revoke";
import { addExamples, type CommandOutput, formatTable, formatTimeOrNull, joinItems, makeAction } from "./output";
import { makeNumberParser, omitUndefined } from "./options";

interface ListConsentsOptions {
  person?: string;
  client?: string;
  limit: number;
}

/** `polymint consent …` */
export function addConsent(program: Command): void {
  const consent = program.command("consent").description("what people have allowed applications and devices");
  const list = consent
    .command("list")
    .description("by person and client; a device has families of tokens, and no consent that is remembered")
    .option("--person <id>", "of this person only")
    .option("--client <id>", "to this client only")
    .option("--limit <n>", "how many at most", makeNumberParser(1, 10_000), 50)
    .action(
      makeAction(({ person, client, limit }: ListConsentsOptions) =>
        listConsents({ ...omitUndefined({ personId: person, clientId: client }), limit }),
      ),
    );
  addExamples(list, "consent list", "consent list --client inspector --limit 1000", "consent list --person 406211845231 --json");
  addConsentRevoke(consent);
  addExamples(consent, "consent list --person 406211845231", "consent revoke --person 406211845231 --client inspector");
}

/** Lists consents, for `consent list` and `person consents`. */
export async function listConsents(filter: ConsentFilter): Promise<CommandOutput> {
  const { withSession } = await import("./session.js");
  const { makeConsentAdmin } = await import("../store/people/consent-admin.js");
  return withSession(async ({ database, clock }) => formatConsents(await makeConsentAdmin(database).list(filter, clock())));
}

export function formatConsents(consents: readonly ConsentRecord[]): CommandOutput {
  const json = consents.map(({ personId, clientId, scopes, givenAt, families }) => ({
    ...{ person_id: personId, client_id: clientId, scopes, given_at: formatTimeOrNull(givenAt), families },
  }));
  const rows = consents.map(({ personId, clientId, scopes, givenAt, families }) => [
    ...[personId, clientId, joinItems(scopes), formatTimeOrNull(givenAt), families],
  ]);
  const text =
    rows.length === 0 ? "There are no such consents." : formatTable(["PERSON_ID", "CLIENT", "SCOPES", "GIVEN", "FAMILIES"], rows);
  return { json: { consents: json }, text };
}
