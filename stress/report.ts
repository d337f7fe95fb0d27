import { isFailure, type Result } from "./scenario";

const heads = ["scenario", "requests", "answered", "lost", "recovered after", "took"];

/** The one table, and below it what went wrong. */
export function tableOf(results: readonly Result[]): string {
  const rows = results.map((result) => [result.name, ...figuresOf(result), `${result.seconds.toFixed(1)} s`]);
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  ");
  const remarks = results.flatMap((result) => {
    const remark = isFailure(result) ? result.failed : result.remark;
    return remark === undefined ? [] : [`${result.name}: ${remark}`];
  });
  return [
    line(heads),
    line(widths.map((width) => "-".repeat(width))),
    ...rows.map(line),
    ...(remarks.length > 0 ? ["", ...remarks] : []),
  ].join("\n");
}

function figuresOf(result: Result): string[] {
  if (isFailure(result)) return ["", "", "failed", ""];
  const { requests, answered, lost, recoveredAfterMs } = result;
  return [...[requests, answered, lost].map(String), recoveredAfterMs === null ? "" : `${Math.round(recoveredAfterMs)} ms`];
}

/** Whether nothing was lost and everything ended. */
export function isClean(results: readonly Result[]): boolean {
  return results.length > 0 && results.every((result) => !isFailure(result) && result.lost === 0);
}
