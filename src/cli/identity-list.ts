import type { Command } from "commander";
import type { LinkedIdentity } from "../engine/ports/users";
import type { IdentityType } from "../engine/token-request";
import type { IdentityRecord } from "../store/programmes/identities";
import { makeChoiceParser, omitUndefined } from "./options";
import { addExamples, type CommandOutput, formatDetails, formatTable, formatTime, makeAction } from "./output";
import { addPageOptions, formatPage, type PageOptions, readPage } from "./paging";

interface ListIdentitiesOptions extends PageOptions {
  programme?: string;
  type?: IdentityType;
  status?: LinkedIdentity["status"];
}

export const identityTypes = ["CORPORATE", "CONSUMER"] as const satisfies readonly IdentityType[];
const statuses = ["active", "deactivated"] as const satisfies readonly LinkedIdentity["status"][];

/** `polymint identity list` and `polymint identity show` */
export function addIdentityList(identity: Command): void {
  const list = identity
    .command("list")
    .description("identities, by id")
    .option("--programme <id>", "of this programme only")
    .option("--type <type>", `one of ${identityTypes.join(", ")}`, makeChoiceParser(identityTypes))
    .option("--status <status>", `one of ${statuses.join(", ")}`, makeChoiceParser(statuses));
  addPageOptions(list).action(makeAction(listIdentities));
  addExamples(list, "identity list --programme acme", "identity list --status deactivated --json");
  const show = identity
    .command("show")
    .description("an identity, and how many users may act for it; `user list --identity` shows them")
    .argument("<id>", "the identity")
    .action(makeAction(showIdentity));
  addExamples(show, "identity show 406211845231877120", "identity show 406211845231877120 --json");
}

async function listIdentities({ programme, type, status, ...options }: ListIdentitiesOptions): Promise<CommandOutput> {
  const { withSession } = await import("./session.js");
  const { makeIdentities } = await import("../store/programmes/identities.js");
  const filter = omitUndefined({ programmeId: programme, type, status });
  const { rows, next } = await withSession(({ database }) =>
    readPage(
      options,
      (request) => makeIdentities(database).list({ ...filter, ...request }),
      ({ id }) => id,
    ),
  );
  const identities = rows.map(toIdentityJson);
  const headings = ["IDENTITY_ID", "PROGRAMME", "TYPE", "STATUS", "CREATED"];
  const text = rows.length === 0 ? "There are no such identities." : formatTable(headings, identities.map(Object.values<string>));
  return formatPage({ json: { identities }, text }, next);
}

async function showIdentity(id: string): Promise<CommandOutput> {
  const { withSession } = await import("./session.js");
  const { makeIdentities } = await import("../store/programmes/identities.js");
  const { users, ...record } = await withSession(({ database }) => makeIdentities(database).show(id));
  const json = { ...toIdentityJson(record), users };
  return { json, text: formatDetails(json) };
}

function toIdentityJson({ id, programmeId, type, status, createdAt }: IdentityRecord) {
  return { identity_id: id, programme_id: programmeId, type, status, created_at: formatTime(createdAt) };
}
