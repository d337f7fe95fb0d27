/** Measures a server, and judges whether it grows without a bound. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Database } from "../../../src/store/database";
import type { SoakCounts } from "./load";

/** What the server occupies at one moment. */
export interface SoakMeasure {
  minute: number;
  counts: SoakCounts;
  /** The resident memory of all the server's processes. */
  memoryMegabytes: number;
  databaseMegabytes: number;
  /** Rows of each table, partitions counted as one. */
  rows: Readonly<Record<string, number>>;
}

const megabyte = 1_048_576;

export async function measure(minute: number, counts: SoakCounts, pid: number, database: Database): Promise<SoakMeasure> {
  const tables = await rowsOf(database);
  const bytes = tables.reduce((sum, table) => sum + Number(table.bytes), 0);
  const rows: Record<string, number> = {};
  for (const { name } of tables) {
    const found = await database.build((knex) => knex(name).count<{ count: string }[]>({ count: "*" }));
    rows[name] = Number(found[0]?.count);
  }
  return {
    minute,
    counts: structuredClone(counts),
    memoryMegabytes: (await residentKilobytes(pid)) / 1024,
    databaseMegabytes: bytes / megabyte,
    rows,
  };
}

async function rowsOf(database: Database): Promise<{ name: string; bytes: string }[]> {
  const statement = `
    SELECT c.relname AS name, coalesce(sum(pg_total_relation_size(t.relid)), 0) AS bytes
      FROM pg_class c, LATERAL pg_partition_tree(c.oid) t
     WHERE c.relkind = 'p' AND c.relnamespace = 'public'::regnamespace AND NOT c.relispartition
     GROUP BY c.relname
    UNION ALL
    SELECT relname, pg_total_relation_size(oid) FROM pg_class
     WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND NOT relispartition
     ORDER BY 1`;
  return (await database.build((knex) => knex.raw<{ rows: { name: string; bytes: string }[] }>(statement))).rows;
}

/** The memory of a process and all its descendants. */
async function residentKilobytes(root: number): Promise<number> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid=,rss="]);
  const all = stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const below = (pid: number): number =>
    all.filter(([, parent]) => parent === pid).reduce((sum, [child = 0, , rss = 0]) => sum + rss + below(child), 0);
  return (all.find(([pid]) => pid === root)?.[2] ?? 0) + below(root);
}

/** Megabytes after the first minute, in which caches fill. */
const mostMemoryGrowth = 100;
const steadyMinutes = 5;
const steadyMegabytes = 4;
const bytesPerRequest = 4_096;

/** @returns a sentence for everything that grows without a bound or went wrong; empty if there is nothing */
export function findFaults(measures: readonly SoakMeasure[]): string[] {
  const [first, last] = [measures[1] ?? measures[0], measures.at(-1)];
  if (first === undefined || last === undefined) return ["nothing was measured"];
  const faults = Object.entries(last.counts.unexpected).map(([outcome, count]) => `${count} × ${outcome}, where it was not expected`);
  const grown = last.memoryMegabytes - first.memoryMegabytes;
  if (grown > mostMemoryGrowth) faults.push(`memory grew by ${Math.round(grown)} MB`);
  const recent = measures.slice(-steadyMinutes - 1).map(({ memoryMegabytes }) => memoryMegabytes);
  const steps = recent.slice(1).map((megabytes, index) => megabytes - (recent[index] ?? 0));
  if (steps.length === steadyMinutes && steps.every((step) => step > steadyMegabytes))
    faults.push(`memory grew by more than ${steadyMegabytes} MB in each of the last ${steadyMinutes} minutes`);
  return [...faults, ...findTableFaults(measures[0] ?? first, last)];
}

/** The ledger must have a row for each token; no other table may have more rows than there were requests. */
function findTableFaults(before: SoakMeasure, { counts, rows, databaseMegabytes }: SoakMeasure): string[] {
  const faults: string[] = [];
  for (const [table, count] of Object.entries(rows)) {
    const grown = count - (before.rows[table] ?? 0);
    if (table === "issued_tokens" && grown < counts.tokens)
      faults.push(`the ledger lacks ${counts.tokens - grown} tokens that were answered`);
    if (grown > counts.requests) faults.push(`${table} has ${grown} rows more, for ${counts.requests} requests`);
  }
  const allowed = (counts.requests * bytesPerRequest) / megabyte + 16;
  const grown = databaseMegabytes - before.databaseMegabytes;
  if (grown > allowed) faults.push(`the tables grew by ${Math.round(grown)} MB, where ${Math.round(allowed)} MB would do`);
  return faults;
}
