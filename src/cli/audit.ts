import type { Command } from "commander";
import type { AuditEntry } from "../store/audit";
import { addExamples, type Cell, type CommandOutput, formatTable, formatTime, makeAction } from "./output";
import { makeChoiceParser, omitUndefined } from "./options";
import { type GivenTime, parseTime, toEpochMs } from "./time-option";
import { addPageOptions, formatPage, type PageOptions, readPage } from "./paging";

interface ListAuditOptions extends PageOptions {
  since?: GivenTime;
  kind?: AuditEntry["kind"];
}

/** `polymint audit …` */
export function addAudit(program: Command): void {
  const audit = program.command("audit").description("who changed what by command, and who was refused what; no values of anything");
  const list = audit
    .command("list")
    .description("newest first; changes are kept for 400 days, refusals for 7")
    .option("--since <time>", "an ISO 8601 time, or how long ago: 90s, 15m, 24h or 7d", parseTime)
    .option("--kind <kind>", "change or refusal; both otherwise", makeChoiceParser<AuditEntry["kind"]>(["change", "refusal"]));
  addPageOptions(list, /^[\d:.TZ-]{27},(?:change|refusal),\d{1,18}$/).action(makeAction(listAudit));
  addExamples(list, "audit list", "audit list --since 24h --kind refusal", "audit list --since 2026-01-01T00:00:00Z --limit 1000 --json");
  addExamples(audit, "audit list --since 24h", "audit list --kind change --json");
}

async function listAudit({ since: from, kind, ...options }: ListAuditOptions): Promise<CommandOutput> {
  const { withSession } = await import("./session.js");
  const { makeAudit } = await import("../store/audit.js");
  return withSession(async ({ database, clock }) => {
    const earliest = from === undefined ? undefined : toEpochMs(from, clock());
    const filter = omitUndefined({ kind, since: earliest });
    const { rows, next } = await readPage(
      options,
      (request) => makeAudit(database).list({ ...filter, ...request }),
      ({ cursor }) => cursor,
    );
    const text = rows.length === 0 ? "There are no such entries." : formatTable(headings, rows.map(formatCells));
    return formatPage({ json: { entries: rows.map(toEntryJson) }, text }, next);
  });
}

const headings = ["TIME", "KIND", "WHAT", "OBJECT", "BY", "FROM", "TIMES", "CORRELATION"];

function formatCells(entry: AuditEntry): Cell[] {
  const at = formatTime(Math.floor(entry.at));
  if (entry.kind === "change") return [at, entry.kind, entry.command, entry.object, entry.osUser, entry.host, null, null];
  return [at, entry.kind, entry.code, entry.contract, entry.clientId, entry.network, entry.times, entry.correlationId];
}

function toEntryJson(entry: AuditEntry) {
  const at = formatTime(Math.floor(entry.at));
  if (entry.kind === "change") {
    const { kind, osUser, host, command, object } = entry;
    return { kind, at, os_user: osUser, host, command, object };
  }
  const { kind, contract, code, clientId, network, correlationId, times } = entry;
  return { kind, at, contract, code, client_id: clientId, network, correlation_id: correlationId, times };
}
