/** `make soak`: a steady load for hours, and a check that nothing grows without a bound. */
import { openDatabases } from "../bench/databases";
import { startPolymint } from "../bench/servers/polymint";
import { findFaults, type SoakMeasure, measure } from "./growth";
import { noCounts, runSteadyLoad } from "./load";

const usage = `make soak MINUTES=n, or: npx tsx test/load/soak/run.ts MINUTES     (after make build)
Puts a steady, mixed load on the real server, and prints every minute what it occupies. Exits with 1 if something grows without a bound.`;

async function main(minutes: number): Promise<readonly string[]> {
  const databases = await openDatabases();
  try {
    const own = await databases.make("soak");
    const server = await startPolymint(own);
    try {
      const counts = noCounts();
      const measures = [await measure(0, counts, server.pid, own.database)];
      print(measures);
      for (let minute = 1; minute <= minutes; minute += 1) {
        await runSteadyLoad(server.contractTargets, 60, counts);
        measures.push(await measure(minute, counts, server.pid, own.database));
        print(measures);
      }
      const { rows = {} } = measures.at(-1) ?? {};
      process.stdout.write(`\nrows: ${JSON.stringify(rows)}\n`);
      return findFaults(measures);
    } finally {
      await server.stop();
    }
  } finally {
    await databases.close();
  }
}

const heads = ["minute", "requests", "tokens", "refused", "memory MB", "tables MB", "ledger", "other rows"];

function print(measures: readonly SoakMeasure[]): void {
  const line = (cells: readonly (string | number)[]) =>
    `${cells.map((cell, column) => String(cell).padStart(heads[column]?.length ?? 0)).join("  ")}\n`;
  const last = measures.at(-1);
  if (last === undefined) return;
  if (measures.length === 1) process.stdout.write(line(heads));
  const { minute, counts, memoryMegabytes, databaseMegabytes, rows } = last;
  const ledger = rows.issued_tokens ?? 0;
  const others = Object.values(rows).reduce((sum, count) => sum + count, 0) - ledger;
  const cells = [
    minute,
    counts.requests,
    counts.tokens,
    counts.refused,
    memoryMegabytes.toFixed(1),
    databaseMegabytes.toFixed(1),
    ledger,
    others,
  ];
  process.stdout.write(line(cells));
}

const [argument = ""] = process.argv.slice(2);
if (!/^[1-9]\d{0,3}$/.test(argument)) {
  process.stderr.write(`${usage}\n`);
  process.exit(1);
}
main(Number(argument)).then(
  (faults) => {
    process.stdout.write(faults.length === 0 ? "Nothing grew without a bound.\n" : `${faults.join("\n")}\n`);
    process.exit(faults.length === 0 ? 0 : 1);
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
