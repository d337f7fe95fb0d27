import type { Tally } from "./proof";
import type { Measured } from "./rounds";
import type { Spread } from "./statistics";
import type { Line } from "./summary";

/** Renders the measurements as tables. */
export function tables(lines: readonly Line[], tallies: readonly Tally[], subject: string): string {
  const levels = [...new Set(lines.map(({ connections }) => connections))];
  return [
    ...levels.map((level) =>
      rates(
        level,
        lines.filter(({ connections }) => connections === level),
      ),
    ),
    comparisons(lines, subject),
    written(tallies),
  ].join("\n");
}

/** Renders one measurement while the run goes on. */
export function progress({ round, connections, contract, server, rate, p99 }: Measured): string {
  const when = round === 0 ? "warm-up" : `round ${round}`;
  return `${when}, ${connections} conn.: ${contract}, ${server}: ${whole(rate)}/s, p99 ${milliseconds(p99)} ms\n`;
}

function rates(level: number, lines: readonly Line[]): string {
  const rows = lines.map(({ contract, server, rate, p50, p99 }) => [
    contract,
    server,
    whole(rate.median),
    `${whole(rate.least)}–${whole(rate.most)}`,
    milliseconds(p50.median),
    milliseconds(p99.median),
    milliseconds(p99.most),
  ]);
  const title = `${level} ${level === 1 ? "connection" : "connections"}`;
  return table(title, ["endpoint", "server", "tokens/s", "min–max", "p50 ms", "p99 ms", "worst p99"], rows);
}

function comparisons(lines: readonly Line[], subject: string): string {
  const rows = lines.flatMap(({ contract, connections, ratios }) =>
    Object.entries(ratios).map(([server, ratio]) => [
      contract,
      String(connections),
      `${subject} / ${server}`,
      times(ratio),
      between(ratio),
    ]),
  );
  return rows.length === 0 ? "" : table("Rates in relation, round by round", ["endpoint", "connections", "of", "median", "min–max"], rows);
}

function written(tallies: readonly Tally[]): string {
  const rows = tallies.map(({ server, contract, answered, rows: kept }) => [contract, server, whole(answered), whole(kept)]);
  return table("Written, warm-ups included; every answer was a 2xx", ["endpoint", "server", "answers", "rows"], rows);
}

/** The first two columns are words, the others numbers. */
function table(title: string, heads: readonly string[], rows: readonly string[][]): string {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  ");
  return [title, line(heads), widths.map((width) => "─".repeat(width)).join("  "), ...rows.map(line), ""].join("\n");
}

const whole = (value: number): string => value.toLocaleString("en", { maximumFractionDigits: 0 });
const milliseconds = (value: number): string => value.toFixed(2);
const times = ({ median }: Spread): string => median.toFixed(2);
const between = ({ least, most }: Spread): string => `${least.toFixed(2)}–${most.toFixed(2)}`;
