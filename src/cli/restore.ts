import type { Command } from "commander";
import type { Sealed } from "../store/restore-seal";
import { accessTokensNote, count, dryRunOption } from "./ended-output";
import { CommandError } from "./errors";
import { addExamples, type CommandOutput, formatTime, makeAction } from "./output";
import { requireConfirmation, requireTerminal } from "./terminal";
import { type GivenTime, parseTime, toEpochMs } from "./time-option";

/** Milliseconds that the clock of this machine may be behind that of the servers. */
const clockMarginMs = 60_000;

interface SealOptions {
  before: GivenTime;
  yes?: boolean;
  dryRun?: boolean;
}

/** `polymint restore …` */
export function addRestore(program: Command): void {
  const restore = program.command("restore").description("what a database needs that was restored from a backup");
  const seal = restore
    .command("seal")
    .description(
      "make everything unusable that was issued before a moment, all or nothing: tokens, refresh tokens, codes, sessions, one-time tokens and passwords, used assertions",
    )
    .requiredOption(
      "--before <time>",
      "when the lost database answered last, not when the backup was made: an ISO 8601 time, or how long ago: 90s, 15m, 24h or 7d",
      parseTime,
    )
    .option("--yes", "do not ask; needed where there is no terminal")
    .option(dryRunOption[0], "count what the command would end, and change nothing")
    .action(makeAction(sealDatabase));
  addExamples(
    seal,
    "restore seal --before 2026-01-31T12:00:00Z --dry-run",
    "restore seal --before 2026-01-31T12:00:00Z",
    "restore seal --before 5m --yes --json",
  );
  addExamples(restore, "restore seal --before 2026-01-31T12:00:00Z");
}

async function sealDatabase({ before: given, yes = false, dryRun = false }: SealOptions): Promise<CommandOutput> {
  const isConfirmed = yes || dryRun;
  requireTerminal(isConfirmed, "restored database", "seal");
  const before = toEpochMs(given, Date.now());
  if (before > Date.now() + clockMarginMs)
    throw new CommandError(
      "usage",
      `${formatMoment(before)} is in the future: new tokens would be unusable too. It is ${formatMoment(Date.now())}`,
    );
  if (!isConfirmed)
    await requireConfirmation(`Everything that was issued before ${formatMoment(before)} becomes unusable, for good. Seal it?`);
  const { runAuditedChange } = await import("./audited.js");
  const { sealBefore } = await import("../store/restore-seal.js");
  const { countLiveTokensBefore } = await import("../store/ledger/cutoffs.js");
  const object = `everything issued before ${formatMoment(before)}`;
  return runAuditedChange({ command: "restore seal", object, patient: true, dryRun }, async ({ database, clock }) => {
    const tokens = dryRun ? { tokens: await countLiveTokensBefore(database, before, clock()) } : {};
    return formatSealed(before, { ...(await sealBefore(database, before, clock())), ...tokens }, dryRun);
  });
}

function formatSealed(before: number, ended: Sealed & { tokens?: number }, dryRun: boolean): CommandOutput {
  const counts = Object.entries(words).flatMap(([name, [one, several]]) => {
    const number = ended[name as keyof typeof words];
    return number === undefined ? [] : [count(number, one, several)];
  });
  const done = dryRun
    ? `Nothing was changed. The command would end what was issued before ${formatMoment(before)}:`
    : `What was issued before ${formatMoment(before)} is unusable. Ended:`;
  return {
    json: { before: formatMoment(before), dry_run: dryRun, ended },
    text: `${done} ${counts.join(", ")}.\n\n${accessTokensNote}`,
    warnings: dryRun ? [] : [cameBackNote, keysNote],
  };
}

const words = {
  tokens: ["access token", "access tokens"],
  families: ["family of tokens", "families of tokens"],
  sessions: ["session", "sessions"],
  authorization_codes: ["authorization code", "authorization codes"],
  device_codes: ["device code", "device codes"],
  auth_tokens: ["auth token", "auth tokens"],
  one_time_tokens: ["one-time token", "one-time tokens"],
  one_time_passwords: ["one-time password", "one-time passwords"],
} as const satisfies Record<keyof Sealed | "tokens", readonly [string, string]>;

const cameBackNote =
  "Secrets, API keys and passwords that were changed after the backup are the old ones again, and so is who is disabled or deleted, and who consented to what: change them again. docs/operating/backup.md has the list.";
const keysNote =
  "Signing keys that were withdrawn after the backup are back: withdraw them again (`polymint key list`, `polymint key withdraw`).";

/** Whole seconds stay short. */
function formatMoment(epochMs: number): string {
  return epochMs % 1000 === 0 ? formatTime(epochMs / 1000) : new Date(epochMs).toISOString();
}
