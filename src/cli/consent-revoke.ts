import type { Command } from "commander";
import type { EndedTokens } from "../store/people/endings";
import { accessTokensNote, dryRunOption, endedAny, formatEnded, toEndedJson } from "./ended-output";
import { addExamples, type CommandOutput, joinItems, makeAction } from "./output";

interface RevokeConsentOptions {
  person: string;
  client: string;
  dryRun?: boolean;
}

/** `polymint consent revoke` */
export function addConsentRevoke(consent: Command): void {
  const command = consent
    .command("revoke")
    .description("withdraw what a person has allowed a client; ends the person's refresh families at that client, with their access tokens")
    .requiredOption("--person <id>", "the person who gave it")
    .requiredOption("--client <id>", "the client that has it")
    .option(...dryRunOption)
    .action(makeAction(revokeConsent));
  const example = "consent revoke --person 406211845231 --client inspector";
  addExamples(command, `${example} --dry-run`, example, `${example} --json`);
}

async function revokeConsent({ person, client, dryRun = false }: RevokeConsentOptions): Promise<CommandOutput> {
  const { runAuditedChange } = await import("./audited.js");
  const { makeConsentAdmin } = await import("../store/people/consent-admin.js");
  const object = (ended: EndedTokens & { scopes: string[] }): string | undefined =>
    endedAny(ended) || ended.scopes.length > 0 ? `consent of person ${person} to client ${client}` : undefined;
  const revoked = await runAuditedChange({ command: "consent revoke", object, dryRun }, ({ database, clock }) =>
    makeConsentAdmin(database).revoke(person, client, clock()),
  );
  const scopes = joinItems(revoked.scopes) ?? "none";
  const text = formatEnded(
    revoked,
    `The consent of person ${person} to client ${client} is withdrawn; its scopes were: ${scopes}.`,
    dryRun,
  );
  const json = { person_id: person, client_id: client, dry_run: dryRun, scopes: revoked.scopes, ...toEndedJson(revoked) };
  return { json, text: `${text}\n\n${accessTokensNote}` };
}
