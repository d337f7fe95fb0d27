import { type Command, InvalidArgumentError } from "commander";
import type { AuditEntry } from "../store/audit";
import { addExamples, type Cell, type CommandOutput, formatTable, formatTime, makeAction } from "./output";
import { makeChoiceParser, omitUndefined } from "./options";
import { addPageOptions, formatPage, type PageOptions, readPage } from "./paging";

interface ListAuditOptions extends PageOptions {
  since?: Since;
  kind?: AuditEntry["kind"];
}

/** A time in epoch milliseconds, or that many milliseconds before now. */
type Since = { at: number } | { agoMs: number };

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `polymint audit …` */
export function addAudit(program: Command): void {
  const audit = program.command("audit").description("who changed what by command, and who was refused what; no values of anything");
  const list = audit
    .command("list")
    .description("newest first; changes are kept for 400 days, refusals for 7")
    .option("--since <time>", "an ISO 8601 time, or how long ago: 90s, 15m, 24h or 7d", parseSince)
    .option("--kind <kind>", "change or refusal; both otherwise", makeChoiceParser<AuditEntry["kind"]>(["change", "refusal"]));
  addPageOptions(list, /^[\d:.TZ-]{27},(?:change|refusal),\d{1,18}$/).action(makeAction(listAudit));
  addExamples(list, "audit list", "audit list --since 24h --kind refusal", "audit list --since 2026-01-01T00:00:00Z --limit 1000 --json");
  addExamples(audit, "audit list --since 24h", "audit list --kind change --json");
}

async function listAudit({ since: from, kind, ...options }: ListAuditOptions): Promise<CommandOutput> {
  const { withSession } = await import("./session.js");
  const { makeAudit } = await import("../store/audit.js");
  return withSession(async ({ database, clock }) => {
    const earliest = from === undefined ? undefined : "at" in from ? from.at : clock() - from.agoMs;
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

function parseSince(value: string): Since {
  const [, count, unit = ""] = /^(\d{1,6})([smhd])$/.exec(value) ?? [];
  if (count !== undefined) return { agoMs: Number(count) * (units[unit] ?? 0) };
  const at = /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) throw new InvalidArgumentError("It is a time like 2026-01-31T12:00:00Z, or how long ago, like 15m.");
  return { at };
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
