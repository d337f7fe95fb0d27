/** The table that `make stress` prints. */
import { type Bystander, isFailure, isNotTried, type Result } from "./scenario";

/** The two before the last are those of an unrelated client, before an attack and while it ran. */
const heads = ["scenario", "requests", "answered", "lost", "recovered after", "200s of others", "p99 of others", "took"];

/** Renders all results as one table, with remarks and failures below it. */
export function renderTable(results: readonly Result[]): string {
  const rows = results.map((result) => [result.name, ...figuresOf(result), `${result.seconds.toFixed(1)} s`]);
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  ");
  const remarks = results.flatMap((result) => {
    const remark = isFailure(result) ? result.failed : isNotTried(result) ? `not tried: ${result.notTried}` : result.remark;
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
  if (isFailure(result)) return ["", "", "failed", "", "", ""];
  if (isNotTried(result)) return ["", "", "not tried", "", "", ""];
  const { requests, answered, lost, caught, recoveredAfterMs, bystander } = result;
  const losses = caught === undefined ? String(lost) : `${lost}, caught`;
  const recovered = recoveredAfterMs === null ? "" : `${Math.round(recoveredAfterMs)} ms`;
  return [String(requests), String(answered), losses, recovered, ...bystanderFiguresOf(bystander)];
}

function bystanderFiguresOf(bystander: Bystander | undefined): string[] {
  if (bystander === undefined) return ["", ""];
  const { before, during } = bystander;
  return [
    `${(before.share * 100).toFixed(1)} → ${(during.share * 100).toFixed(1)} %`,
    `${before.p99Ms.toFixed(0)} → ${during.p99Ms.toFixed(0)} ms`,
  ];
}

/** Whether at least one scenario ran, every one that ran ended, and nothing was lost. */
export function isClean(results: readonly Result[]): boolean {
  const tried = results.filter((result) => !isNotTried(result));
  return tried.length > 0 && tried.every((result) => "lost" in result && (result.lost === 0 || result.caught !== undefined));
}
