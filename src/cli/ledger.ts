import type { Command } from "commander";
import type { Loss } from "../store/ledger/lost-tokens";
import { count } from "./ended-output";
import { addExamples, type CommandOutput, formatTable, formatTime, makeAction } from "./output";

/** `polymint ledger …` */
export function addLedger(program: Command): void {
  const ledger = program.command("ledger").description("the record of every token that was answered, and what the database has lost of it");
  const acknowledge = ledger
    .command("acknowledge")
    .description(
      "say which answered tokens the database has lost, and make the servers ready again; if none are lost, there is nothing to do",
    )
    .option("--dry-run", "say what was lost, and acknowledge nothing")
    .action(makeAction(acknowledgeLoss));
  addExamples(acknowledge, "ledger acknowledge --dry-run", "ledger acknowledge", "ledger acknowledge --json");
  addExamples(ledger, "ledger acknowledge --dry-run", "ledger acknowledge");
}

async function acknowledgeLoss({ dryRun = false }: { dryRun?: boolean }): Promise<CommandOutput> {
  const { runAuditedChange } = await import("./audited.js");
  const { acknowledgeLosses } = await import("../store/ledger/lost-tokens.js");
  const object = (losses: readonly Loss[]): string | undefined =>
    losses.length === 0 ? undefined : `${countLost(losses)} of ${losses.map(({ contract }) => contract).join(" ")}`;
  const change = { command: "ledger acknowledge", object, dryRun, patient: true };
  const losses = await runAuditedChange(change, ({ database, clock }) => acknowledgeLosses(database, clock()));
  return formatLosses(losses, dryRun);
}

/** @returns how many tokens were lost, in words */
export function countLost(losses: readonly Pick<Loss, "tokens">[]): string {
  return count(sumTokens(losses), "lost token", "lost tokens");
}

function sumTokens(losses: readonly Pick<Loss, "tokens">[]): number {
  return losses.reduce((sum, { tokens }) => sum + tokens, 0);
}

const restNote =
  "Their holders still have them: until they expire they pass wherever only the signature is checked, and introspection calls them inactive. " +
  "What else was committed then may be lost too: revocations, used codes and assertions, rotated refresh tokens, changes by commands.";

function formatLosses(losses: readonly Loss[], dryRun: boolean): CommandOutput {
  const json = {
    dry_run: dryRun,
    tokens: sumTokens(losses),
    contracts: losses.map(({ contract, tokens, clients, ...times }) => ({
      contract,
      tokens,
      clients,
      first_issued_at: formatTime(times.firstIssuedAt),
      last_issued_at: formatTime(times.lastIssuedAt),
    })),
  };
  if (losses.length === 0) return { json, text: "No loss waits to be acknowledged." };
  const table = formatTable(["CONTRACT", "TOKENS", "CLIENTS", "FIRST ISSUED", "LAST ISSUED"], json.contracts.map(Object.values));
  const end = dryRun ? "Nothing was acknowledged." : `Acknowledged: ${countLost(losses)}. The servers are ready again.`;
  return { json, text: `${table}\n\n${end}\n\n${restNote}` };
}
