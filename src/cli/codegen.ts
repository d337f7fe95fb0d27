import { resolve } from "node:path";
import type { Command } from "commander";
import { runDevelopment } from "./development";
import { CommandError } from "./errors";
import { type CommandOutput, addExamples, makeAction } from "./output";
import { rootOption } from "./project-option";

interface CodegenOptions {
  root: string;
  check?: true;
  watch?: true;
}

/** Adds the command `polymint codegen`. */
export function addCodegen(program: Command): void {
  const command = program
    .command("codegen")
    .description(
      "generate types, validation data and wiring of the contracts in openapi/ into generated/; every fault is named with its line",
    )
    .option(...rootOption)
    .option("--check", "write nothing, and fail if something would change")
    .option("--watch", "generate again and check the types at every change, until Ctrl-C")
    .action(makeAction((options: CodegenOptions) => runDevelopment(() => runCodegen(options))));
  addExamples(command, "codegen", "codegen --root ../contracts --check", "codegen --watch");
}

async function runCodegen({ root: folder, check, watch }: CodegenOptions): Promise<CommandOutput> {
  if (check === true && watch === true) throw new CommandError("usage", "--check and --watch cannot stand together");
  const { describeChanges, findStale, updateGenerated, watchUntilStopped } = await import("../codegen/index.js");
  const root = resolve(folder);
  if (watch === true) {
    await watchUntilStopped(
      root,
      (line) => process.stdout.write(`${line}\n`),
      () => undefined,
    );
    return { json: {}, text: "the watch has ended" };
  }
  if (check !== true) {
    const changes = await updateGenerated(root);
    return { json: { changes }, text: describeChanges(changes) };
  }
  const stale = await findStale(root);
  if (stale.length > 0) throw new CommandError("failed", ["generated/ is out of date; run `polymint codegen`:", ...stale].join("\n  "));
  return { json: { changes: [] }, text: describeChanges([]) };
}
