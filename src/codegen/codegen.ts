/** `make codegen`: the same as `polymint codegen`, without the rest of the command line, which imports what this writes. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { watchUntilStopped } from "./watch";
import { describeChanges, findStale, updateGenerated } from "./write";

const options = {
  root: { type: "string", default: "." },
  check: { type: "boolean", default: false },
  watch: { type: "boolean", default: false },
  /** A file to write whenever files have changed and all is well: `make dev` starts the server anew then. */
  touch: { type: "string" },
} as const;

async function main(): Promise<void> {
  const { values } = parseArgs({ options });
  const root = resolve(values.root);
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  if (values.watch) return watchUntilStopped(root, say, () => touchFile(values.touch));
  if (!values.check) return say(describeChanges(await updateGenerated(root)));
  const stale = await findStale(root);
  if (stale.length > 0) throw new Error(["generated/ is out of date; run `make codegen`:", ...stale].join("\n  "));
}

function touchFile(path: string | undefined): void {
  if (path === undefined) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "");
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
