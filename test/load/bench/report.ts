import type { Tally } from "./proof";
import type { Measured } from "./rounds";
import type { Line, Ratio } from "./summary";

/** Renders the measurements as tables. */
export function tables(lines: readonly Line[], ratios: readonly Ratio[], tallies: readonly Tally[], subject: string): string {
  const levels = [...new Set(lines.map(({ connections }) => connections))];
  return [
    ...levels.map((level) =>
      rates(
        level,
        lines.filter(({ connections }) => connections === level),
      ),
    ),
    comparisons(ratios, subject),
    written(tallies),
  ].join("\n");
}

/** Renders one measurement while the run goes on. */
export function progress({ round, connections, endpoint, server, rate, p99, cpuMicros, answers }: Measured): string {
  const when = round === 0 ? "warm-up" : `round ${round}`;
  return `${when}, ${connections} conn.: ${endpoint}, ${server}: ${whole(rate)}/s, p99 ${milliseconds(p99)} ms, CPU ${whole(cpuMicros / answers)} µs\n`;
}

function rates(level: number, lines: readonly Line[]): string {
  const rows = lines.map(({ endpoint, server, rate, p50, p99, cpu, databaseCpu }) => [
    endpoint,
    server,
    whole(rate.median),
    `${whole(rate.least)}–${whole(rate.most)}`,
    milliseconds(p50.median),
    milliseconds(p99.median),
    milliseconds(p99.most),
    whole(cpu.median),
    whole(databaseCpu.median),
  ]);
  const title = `${level} ${level === 1 ? "connection" : "connections"}`;
  return table(
    title,
    ["endpoint", "server", "tokens/s", "min–max", "p50 ms", "p99 ms", "worst p99", "CPU µs per token", "PostgreSQL's"],
    rows,
  );
}

function comparisons(ratios: readonly Ratio[], subject: string): string {
  const rows = ratios.flatMap((rate) => {
    const cpu = ratios.find((one) => one.metric === "cpu" && sameLane(one, rate));
    if (rate.metric !== "rate" || cpu === undefined) return [];
    const { endpoint, connections, of } = rate;
    return [[endpoint, `${subject} / ${of}`, String(connections), times(rate), between(rate), times(cpu), between(cpu)]];
  });
  const heads = ["endpoint", "of", "connections", "rate", "min–max", "CPU per token", "min–max"];
  return rows.length === 0 ? "" : table("In relation, round by round", heads, rows);
}

function sameLane(one: Ratio, other: Ratio): boolean {
  return one.endpoint === other.endpoint && one.connections === other.connections && one.of === other.of;
}

function written(tallies: readonly Tally[]): string {
  const rows = tallies.map(({ server, endpoint, answered, rows: kept }) => [endpoint, server, whole(answered), whole(kept)]);
  return table("Written, warm-ups included; every answer was a 2xx", ["endpoint", "server", "answers", "rows"], rows);
}

/** Renders a table. Its first two columns are words, the others numbers. */
export function table(title: string, heads: readonly string[], rows: readonly string[][]): string {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  ");
  return [title, line(heads), widths.map((width) => "─".repeat(width)).join("  "), ...rows.map(line), ""].join("\n");
}

const whole = (value: number): string => value.toLocaleString("en", { maximumFractionDigits: 0 });
const milliseconds = (value: number): string => value.toFixed(2);
const times = ({ median }: Ratio): string => median.toFixed(2);
const between = ({ min, max }: Ratio): string => `${min.toFixed(2)}–${max.toFixed(2)}`;
