/** The table that `make failover` prints, and its judgement. */
import { ttlSeconds } from "./cluster-settings";

/** The figures of one fault, over all of its rounds. */
export interface Figures {
  fault: string;
  rounds: number;
  requests: number;
  /** Tokens whose answers were received to their end. */
  answered: number;
  /** Of these, tokens that are not in the ledger of the final primary. */
  missing: number;
  /** Tokens that the servers themselves have found to be lost. */
  found: number;
  /** One-time things that were refused the second time, and those that were accepted twice. */
  refused: number;
  doubled: number;
  /** The longest time without a token of some contract at some server. */
  gapSeconds: number;
  /** The longest time that a request waited for its answer. */
  slowestSeconds: number;
  /** Good credentials that were refused. */
  credentials: number;
  /** Answers that no contract has, and requests without an answer. */
  wrong: number;
  seconds: number;
  /** The first few sentences on what was doubled, refused or wrong, and what ended the rounds early. */
  remarks: readonly string[];
}

/** A gap lasts until Patroni has noticed, and a little for the promotion and the new connections. */
export const mostGapSeconds = ttlSeconds + 3;

const heads = [
  "fault",
  "rounds",
  "requests",
  "answered",
  "missing",
  "found lost",
  "reuse refused",
  "doubled",
  "longest gap",
  "slowest",
  "credentials",
  "wrong",
  "took",
];

export function renderTable(all: readonly Figures[]): string {
  const rows = all.map((each) => [
    each.fault,
    ...[each.rounds, each.requests, each.answered, each.missing, each.found, each.refused, each.doubled].map(String),
    ...[each.gapSeconds, each.slowestSeconds].map((seconds) => `${seconds.toFixed(1)} s`),
    ...[each.credentials, each.wrong].map(String),
    `${each.seconds.toFixed(0)} s`,
  ]);
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  ");
  const remarks = all.flatMap(({ fault, remarks: said }) => said.map((each) => `${fault}: ${each}`));
  return [
    line(heads),
    line(widths.map((width) => "-".repeat(width))),
    ...rows.map(line),
    ...(remarks.length > 0 ? ["", ...remarks] : []),
  ].join("\n");
}

/** Whether the fault cost nothing but time, and not too much of it. A server that finds what is not lost is a fault too. */
export function isHarmless({ answered, missing, found, doubled, credentials, wrong, gapSeconds }: Figures): boolean {
  return answered > 0 && missing + found + doubled + credentials + wrong === 0 && gapSeconds <= mostGapSeconds;
}

/** Whether tokens were lost, this run noticed, and so did the servers. */
export function isCaught(figures: Figures): boolean {
  return figures.missing > 0 && figures.found > 0 && !isHarmless(figures);
}
