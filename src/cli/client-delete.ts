import type { Command } from "commander";
import type { OwnedCounts } from "../store/clients/owned";
import { accessTokensNote, count, dryRunOption, type Ended, formatEnded, toEndedJson } from "./ended-output";
import { addExamples, type CommandOutput, makeAction } from "./output";
import { requireConfirmation, requireTerminal } from "./terminal";

/** `polymint client delete` */
export function addClientDelete(client: Command): void {
  const command = client
    .command("delete")
    .description(
      "delete a client and all that hangs on it, such as a programme's identities and users; its tokens stay in the ledger, revoked",
    )
    .argument("<id>", "the client")
    .option("--yes", "do not ask; needed where there is no terminal")
    .option(...dryRunOption)
    .action(makeAction(deleteClient));
  addExamples(command, "client delete acme --dry-run", "client delete acme", "client delete acme --yes --json");
}

async function deleteClient(id: string, { yes = false, dryRun = false }: { yes?: boolean; dryRun?: boolean }): Promise<CommandOutput> {
  const isConfirmed = yes || dryRun;
  requireTerminal(isConfirmed, "client");
  const { runAuditedChange } = await import("./audited.js");
  const { makeClientAdmin } = await import("../store/clients/admin.js");
  if (!isConfirmed) {
    const { withSession } = await import("./session.js");
    const { name } = await withSession(({ database, clock }) => makeClientAdmin(database).show(id, clock()));
    await requireConfirmation(`Delete client ${id} (${name}) and everything that belongs to it?`);
  }
  const change = { command: "client delete", object: `client ${id}`, patient: true, dryRun };
  return runAuditedChange(change, async ({ database, clock }) => {
    const admin = makeClientAdmin(database);
    if (!dryRun) {
      await admin.delete(id, clock());
      return { json: { client_id: id, deleted: true }, text: `Client ${id} is deleted.` };
    }
    const { countLiveTokens } = await import("../store/ledger/cutoffs.js");
    const { countOwned } = await import("../store/clients/owned.js");
    const tokens = await countLiveTokens(database, { kind: "client", id }, clock());
    const ended = { ...(await admin.revokeTokens(id, clock())), tokens };
    return formatDryRun(id, ended, await countOwned(database, id));
  });
}

function formatDryRun(id: string, ended: Ended, owned: OwnedCounts): CommandOutput {
  const { consents, identities, users, delegatedClients } = owned;
  const also = [
    count(consents, "consent", "consents"),
    ...(identities + users + delegatedClients === 0
      ? []
      : [
          count(identities, "identity", "identities"),
          count(users, "user", "users"),
          count(delegatedClients, "delegated client", "delegated clients"),
        ]),
  ];
  return {
    json: {
      ...{ client_id: id, deleted: false, dry_run: true, ...toEndedJson(ended) },
      ...{ consents, identities, users, delegated_clients: delegatedClients },
    },
    text: `${formatEnded({ ...ended, also }, "", true)}\n\n${accessTokensNote}`,
  };
}
