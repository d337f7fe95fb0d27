import { type Command, InvalidArgumentError } from "commander";
import type { AuditEntry } from "../store/audit";
import { examples } from "./help";
import { given, oneOf, wholeNumber } from "./options";
import { answering, type Cell, iso, type Shown, table } from "./output";

interface ListOptions {
  since?: Since;
  kind?: AuditEntry["kind"];
  limit: number;
}

/** A moment, or so many milliseconds ago. */
type Since = { at: number } | { agoMs: number };

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `polymint audit …` */
export function addAudit(program: Command): void {
  const audit = program.command("audit").description("who changed what by command, and who was refused what; no values of anything");
  const list = audit
    .command("list")
    .description("newest first; changes are kept for 400 days, refusals for 7")
    .option("--since <time>", "an ISO 8601 time, or how long ago: 90s, 15m, 24h or 7d", since)
    .option("--kind <kind>", "change or refusal; both otherwise", oneOf<AuditEntry["kind"]>(["change", "refusal"]))
    .option("--limit <n>", "how many at most", wholeNumber(1, 10_000), 50)
    .action(answering(listAudit));
  examples(list, "audit list", "audit list --since 24h --kind refusal", "audit list --since 2026-01-01T00:00:00Z --limit 1000 --json");
  examples(audit, "audit list --since 24h", "audit list --kind change --json");
}

async function listAudit({ since: from, kind, limit }: ListOptions): Promise<Shown> {
  const { inSession } = await import("./session.js");
  const { makeAudit } = await import("../store/audit.js");
  return inSession(async ({ database, clock }) => {
    const earliest = from === undefined ? undefined : "at" in from ? from.at : clock() - from.agoMs;
    const entries = await makeAudit(database).list({ ...given({ kind, since: earliest }), limit });
    const text = entries.length === 0 ? "There is nothing." : table(headings, entries.map(cellsOf));
    return { json: { entries: entries.map(jsonOf) }, text };
  });
}

function since(value: string): Since {
  const [, count, unit = ""] = /^(\d{1,6})([smhd])$/.exec(value) ?? [];
  if (count !== undefined) return { agoMs: Number(count) * (units[unit] ?? 0) };
  const at = /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) throw new InvalidArgumentError("It is a time like 2026-01-31T12:00:00Z, or how long ago, like 15m.");
  return { at };
}

const headings = ["TIME", "KIND", "WHAT", "OBJECT", "BY", "FROM", "TIMES", "CORRELATION"];

function cellsOf(entry: AuditEntry): Cell[] {
  const at = iso(Math.floor(entry.at));
  if (entry.kind === "change") return [at, entry.kind, entry.command, entry.object, entry.osUser, entry.host, null, null];
  return [at, entry.kind, entry.code, entry.contract, entry.clientId, entry.network, entry.times, entry.correlationId];
}

function jsonOf(entry: AuditEntry) {
  const at = iso(Math.floor(entry.at));
  if (entry.kind === "change") {
    const { kind, osUser, host, command, object } = entry;
    return { kind, at, os_user: osUser, host, command, object };
  }
  const { kind, contract, code, clientId, network, correlationId, times } = entry;
  return { kind, at, contract, code, client_id: clientId, network, correlation_id: correlationId, times };
}
