/** The table of `make postgres-versions`: the tests of contracts, stores and races on every major of PostgreSQL. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Major, majors, startMajor } from "./majors";

const usage = `make postgres-versions ARGS="[--majors LIST] [SUITE...]", or: npx tsx test/databases/versions/run.ts [--majors LIST] [SUITE...]
  SUITE            files or folders with tests; default: test/contracts test/store test/qualities/races
  --majors LIST    such as 13,18; default: all

Installs PostgreSQL from npm into node_modules/.cache. Exits with 1 if a test fails on any major.`;

const usualSuites = ["test/contracts", "test/store", "test/qualities/races"];
/** One major may take so long at most. */
const limitMs = 30 * 60_000;

interface Row {
  server: string;
  passed: number;
  failed: number;
  seconds: number;
  /** Names of the failed tests, or why there was no result. */
  faults: string[];
}

/** What Jest writes with `--json`. */
interface JestResult {
  numPassedTests: number;
  numFailedTests: number;
  testResults: { name: string; message: string; assertionResults: { status: string; fullName: string }[] }[];
}

async function testOn(major: Major, suites: readonly string[]): Promise<Row> {
  const postgres = await startMajor(major);
  const folder = mkdtempSync(join(tmpdir(), "polymint-versions-"));
  try {
    const [version] = await postgres.run("SHOW server_version");
    const started = performance.now();
    const output = join(folder, "result.json");
    await runJest(["--json", "--outputFile", output, ...suites], postgres.url);
    const seconds = Math.round((performance.now() - started) / 1000);
    return { server: String(version?.server_version), seconds, ...readResult(output) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await postgres.remove();
  }
}

async function runJest(options: readonly string[], databaseUrl: string): Promise<void> {
  const child = spawn(process.execPath, [require.resolve("jest/bin/jest"), ...options], {
    env: { ...process.env, DATABASE_URL: databaseUrl },
    stdio: ["ignore", "ignore", "ignore"],
    timeout: limitMs,
  });
  await once(child, "close");
}

function readResult(file: string): Pick<Row, "passed" | "failed" | "faults"> {
  let result: JestResult;
  try {
    result = JSON.parse(readFileSync(file, "utf8")) as JestResult;
  } catch {
    return { passed: 0, failed: 0, faults: [`Jest gave no result within ${limitMs / 60_000} minutes`] };
  }
  const faults = result.testResults.flatMap(({ name, message, assertionResults }) => {
    const failed = assertionResults.filter(({ status }) => status === "failed").map(({ fullName }) => fullName);
    return assertionResults.length === 0 && message !== "" ? [`${name}: ${message}`] : failed;
  });
  return { passed: result.numPassedTests, failed: result.numFailedTests, faults };
}

function print(...cells: readonly (string | number)[]): void {
  process.stdout.write(`${cells.map((cell) => String(cell).padStart(10)).join("")}\n`);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { majors: { type: "string" }, help: { type: "boolean" } },
    allowPositionals: true,
  });
  const wanted = values.majors?.split(",").map(Number) ?? majors;
  const chosen = majors.filter((major) => wanted.includes(major));
  if (values.help === true || chosen.length < wanted.length) {
    process.stdout.write(`${usage}\n`);
    process.exitCode = values.help === true ? 0 : 2;
    return;
  }
  print("PostgreSQL", "passed", "failed", "seconds");
  for (const major of chosen) {
    const { server, passed, failed, seconds, faults } = await testOn(major, positionals.length > 0 ? positionals : usualSuites);
    print(server, passed, failed, seconds);
    for (const fault of faults) process.stdout.write(`  ${fault}\n`);
    if (faults.length > 0) process.exitCode = 1;
  }
}

void main();
