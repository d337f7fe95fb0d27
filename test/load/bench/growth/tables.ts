/** The measurements of `make bench-growth` as tables. */
import { table } from "../report";
import type { Spread } from "../statistics";
import type { Line, Ratio } from "../summary";
import type { TimedCommand } from "./commands";
import type { IndexCost } from "./index-cost";
import type { TimedPurge } from "./purge";

/** The measurements of databases that differ in one thing. */
export interface Series {
  /** What they differ in. */
  of: string;
  lines: readonly Line[];
  /** Each size in relation to the smallest. */
  ratios: readonly (Ratio & { size: string })[];
}

/** Renders the cost of answers in databases of different sizes. */
export function renderSeries({ of, lines, ratios }: Series): string {
  const rows = lines.map(({ endpoint, server, rate, cpu, databaseCpu }) => {
    const ratio = (metric: Ratio["metric"]): string => {
      const found = ratios.find((one) => one.endpoint === endpoint && one.size === server && one.metric === metric);
      return found === undefined ? "1" : `${found.median.toFixed(2)} (${found.min.toFixed(2)}–${found.max.toFixed(2)})`;
    };
    const figures = [rate.median, cpu.median, databaseCpu.median].map((value) => value.toFixed(0));
    return [endpoint, server, figures[0] ?? "", ratio("rate"), figures[1] ?? "", ratio("cpu"), figures[2] ?? "", ratio("database")];
  });
  const heads = ["endpoint", "size", "answers/s", "of the smallest", "CPU µs", "of the smallest", "PostgreSQL µs", "of the smallest"];
  return table(`Cost per answer by ${of}`, heads, rows);
}

/** Renders what searches take in the largest ledger. */
export function renderCommands(commands: readonly TimedCommand[]): string {
  const rows = commands.map(({ command, database, whole }) => [
    ...[command, "", database.median.toFixed(0), database.most.toFixed(0), whole.median.toFixed(2), whole.most.toFixed(2)],
  ]);
  return table("Searches in the largest ledger", ["command", "", "database ms", "most", "whole s", "most"], rows);
}

/** Renders what the index on the client costs. */
export function renderIndexCost({ walBytes, microseconds, ratio }: IndexCost): string {
  const range = ({ least, most }: Spread): string => `${least.toFixed(2)}–${most.toFixed(2)}`;
  const rows = (["with", "without"] as const).map((kind) => [
    ...[kind, "", walBytes[kind].median.toFixed(0), microseconds[kind].median.toFixed(1), range(microseconds[kind])],
    kind === "with" ? `${ratio.median.toFixed(2)} (${range(ratio)})` : "1",
  ]);
  return table(
    "A token with the index on the client and without",
    ["index", "", "WAL bytes", "PostgreSQL µs", "from–to", "of without"],
    rows,
  );
}

/** Renders how long purges take. */
export function renderPurges(purges: readonly TimedPurge[]): string {
  const rows = purges.map(({ purge, seconds, rows: deleted, requests, medianRequest, slowestRequest }) => [
    ...[purge, "", deleted.toLocaleString("en"), seconds.toFixed(1)],
    ...[String(requests), medianRequest.toFixed(1), slowestRequest.toFixed(0)],
  ]);
  const heads = ["purge of used assertions", "", "rows", "seconds", "requests beside", "median ms", "longest ms"];
  return table("Purges, beside requests that use assertions", heads, rows);
}
