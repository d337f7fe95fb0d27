/** `make codegen`: the same as `polymint codegen`, without the rest of the command line, which imports what this writes. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { SpecFaults } from "./spec-files";
import { findStale, updateGenerated } from "./write";

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { root: { type: "string", default: "." }, check: { type: "boolean", default: false } } });
  const root = resolve(values.root);
  if (values.check) {
    const stale = await findStale(root);
    if (stale.length > 0) throw new SpecFaults([`generated/ is out of date; run \`make codegen\`:`, ...stale.map((file) => `  ${file}`)]);
    return;
  }
  const changes = await updateGenerated(root);
  for (const { file, done } of changes) process.stdout.write(`${done} ${file}\n`);
  if (changes.length === 0) process.stdout.write("generated/ is up to date: nothing changed\n");
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
