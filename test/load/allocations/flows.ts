/** The flows whose allocations are counted, and their committed figures. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ModuleShare } from "../bench/profile/by-module";

/** Endpoints of the benchmark: a client's secret, private_key_jwt, an introspection and a refresh. */
export const flows = ["abbeycross", "raidiam", "introspection", "refresh"] as const;
export type Flow = (typeof flows)[number];

/** What a server allocates per request of a flow, in bytes. */
export interface Allocations {
  flow: Flow;
  bytes: number;
  /** Those that allocate most. */
  modules: readonly ModuleShare[];
}

/** Committed bytes by flow. */
export type Figures = Readonly<Partial<Record<Flow, number>>>;

const file = join(__dirname, "figures.json");
/** V8 differs from one to the next: Node 24 allocates 4 to 8 % less than Node 20. */
const [major = ""] = process.versions.node.split(".");

/** @returns the figures of this major version of Node; undefined if it has none */
export function readFigures(): Figures | undefined {
  return readAll()[major];
}

/** Makes what was measured the figures of this major version of Node. */
export function writeFigures(measured: readonly Allocations[]): void {
  const figures = Object.fromEntries(measured.map(({ flow, bytes }) => [flow, bytes]));
  writeFileSync(file, `${JSON.stringify({ ...readAll(), [major]: figures }, undefined, 2)}\n`);
}

function readAll(): Record<string, Figures> {
  return JSON.parse(readFileSync(file, "utf8")) as Record<string, Figures>;
}

/**
 * The share by which a flow may differ from its figure. Eleven measurements, half of them on a busy machine, were within 1 % of their
 * median, and the figure is any one of them. 10 KB more are 7 to 12 % of the figures.
 */
const tolerance = 0.03;

const update = "UPDATE_ALLOCATIONS=1 npx jest test/load/allocations.test.ts";

/** @returns a text for people about a flow that grew; undefined if it did not */
export function describeGrowth({ flow, bytes, modules }: Allocations, figure: number): string | undefined {
  if (bytes <= figure * (1 + tolerance)) return undefined;
  return [
    `${flow} allocates ${bytes - figure} bytes more per request than its figure: ${bytes} in place of ${figure}.`,
    "Most by module:",
    ...modules.map(
      ({ module, amount, functions }) => `  ${amount} ${module} (${functions.map(([name, own]) => `${name} ${own}`).join(", ")})`,
    ),
    `make profile ARGS="--only ${flow} --allocations" lists more, also of an earlier commit.`,
    `If it is worth that, write the figures again and say why in the commit: ${update}`,
  ].join("\n");
}

/** @returns a text for people about a flow that shrank, so that its figure is no longer a guard; undefined if it did not */
export function describeSaving({ flow, bytes }: Allocations, figure: number): string | undefined {
  if (bytes >= figure * (1 - tolerance)) return undefined;
  return `${flow} allocates ${figure - bytes} bytes less per request than its figure: write the figures again: ${update}`;
}
