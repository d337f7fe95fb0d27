import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { readReport, renderTable, type SpecResult } from "./report";
import { startTestedServer } from "./server";
import { hasPython, installTool, runTool } from "./tool";

const folder = join(__dirname, "..", "..", "..", "openapi");

const usage = `make schemathesis, or: npx tsx test/qualities/schemathesis/run.ts [options]
  --only A,B     specs to test, such as weavr,services/oauth2
  --examples N   most requests per operation and phase; default 100
  --seed N       seed of the generated requests, as a failed run prints it
It starts a server by itself, prints every failure with a curl, and exits with 1 if there is one.`;

/** In weavr's contract a missing api-key is a 400 like every missing field; this check knows 401 and 403 only. */
const exclusionsOf = (spec: string) => (/^(services\/)?weavr/.test(spec) ? ["--exclude-checks", "ignored_auth"] : []);

/** Tests every spec with requests that schemathesis generates, for `make schemathesis`. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      examples: { type: "string", default: "100" },
      seed: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return void process.stdout.write(`${usage}\n`);
  if (!hasPython()) return void process.stdout.write("Skipped: schemathesis needs python3 with its venv module.\n");
  const command = installTool();
  const args = ["--max-examples", values.examples, ...(values.seed === undefined ? [] : ["--seed", values.seed])];
  const server = await startTestedServer();
  const results: SpecResult[] = [];
  try {
    for (const spec of values.only?.split(",") ?? listSpecs()) {
      process.stderr.write(`${spec} …\n`);
      const environment = await server.makeEnvironment(spec);
      const all = [...args, ...exclusionsOf(spec)];
      const { output, code, report } = await runTool(command, `openapi/${spec}.yaml`, server.url, environment, all);
      if (code !== 0) process.stdout.write(`${output}\n`);
      results.push(readReport(spec, report));
    }
  } finally {
    await server.stop();
  }
  process.stdout.write(`\n${renderTable(results)}\n`);
  process.exitCode = results.every(({ failures }) => failures?.length === 0) ? 0 : 1;
}

function listSpecs(): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".yaml"));
  return files.map((file) => join(file, "..", basename(file, ".yaml"))).sort();
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
