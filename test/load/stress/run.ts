import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isClean, renderTable } from "./report";
import type { Result, Scenario } from "./scenario";

const folder = join(__dirname, "scenarios");
/** No scenario takes longer, even on a busy machine. */
const mostSeconds = 480;

const usage = `make stress, or: npx tsx test/load/stress/run.ts [options]     (after make build)
  --only A,B   scenarios to run, by the beginning of their names in test/load/stress/scenarios
  --json       print the figures as JSON
It needs nothing but this machine, ends by itself, and exits with 1 if anything was lost or a scenario did not end well.`;

/** Runs every scenario, one after the other, for `make stress`. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { only: { type: "string" }, json: { type: "boolean", default: false }, help: { type: "boolean", short: "h", default: false } },
  });
  if (values.help) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  const results: Result[] = [];
  for (const [name, scenario] of await scenarios(values.only?.split(","))) {
    process.stderr.write(`${name} …\n`);
    results.push(await resultOf(name, scenario));
  }
  process.stdout.write(`${values.json ? JSON.stringify(results, null, 2) : `\n${renderTable(results)}`}\n`);
  process.exitCode = isClean(results) ? 0 : 1;
}

async function scenarios(only: readonly string[] | undefined): Promise<[name: string, scenario: Scenario][]> {
  const found: [string, Scenario][] = [];
  for (const file of readdirSync(folder)
    .sort()
    .filter((each) => each.endsWith(".ts"))) {
    const exported = (await import(join(folder, file))) as Record<string, unknown>;
    for (const [name, value] of Object.entries(exported)) if (typeof value === "function") found.push([name, value as Scenario]);
  }
  return found.filter(([name]) => only?.some((start) => name.startsWith(start)) ?? true);
}

async function resultOf(name: string, scenario: Scenario): Promise<Result> {
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`The scenario did not end within ${mostSeconds} s.`)), mostSeconds * 1000);
  });
  try {
    const outcome = await Promise.race([scenario(), late]);
    return { ...outcome, seconds: seconds() };
  } catch (error) {
    return { name, failed: error instanceof Error ? error.message : String(error), seconds: seconds() };
  } finally {
    clearTimeout(timer);
  }
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
