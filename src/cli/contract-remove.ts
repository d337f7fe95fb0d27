import type { Command } from "commander";
import { runDevelopment } from "./development";
import { CommandError } from "./errors";
import { addExamples, type CommandOutput, makeAction } from "./output";
import { rootOption } from "./project-option";
import { requireConfirmation, requireTerminal } from "./terminal";

/** Adds `polymint contract remove`. */
export function addContractRemove(contract: Command): void {
  const remove = contract
    .command("remove")
    .description("remove the files that `contract add` wrote, and generate again what is left")
    .argument("<name>", "as `polymint contract list` shows it")
    .option(...rootOption)
    .option("--yes", "do not ask, even if the files have been changed")
    .option("--force", "the same as --yes")
    .action(makeAction((name: string, options: RemoveFlags) => runDevelopment(() => removeOne(name, options))));
  addExamples(remove, "contract remove vendor", "contract remove vendor --yes --json");
}

interface RemoveFlags {
  root: string;
  yes?: true;
  force?: true;
}

async function removeOne(name: string, { root, yes, force }: RemoveFlags): Promise<CommandOutput> {
  const { planRemoval, removeContract, NoContractError } = await import("../contract-writer/index.js");
  const plan = () => {
    try {
      return planRemoval(root, name);
    } catch (thrown) {
      if (!(thrown instanceof NoContractError)) throw thrown;
      throw new CommandError("not_found", `${thrown.message}. \`polymint contract list\` shows which there are`, thrown);
    }
  };
  const removal = plan();
  if (removal.users.length > 0)
    throw new CommandError(
      "conflict",
      `${removal.users.join(", ")} would not compile without ${name}; remove them, or what they import of it`,
    );
  // What was written and is as it was written can be written again, so only other files are worth a question.
  if (removal.doubt !== undefined && yes !== true && force !== true) {
    requireTerminal(false, "contract", "remove");
    await requireConfirmation(`${removal.doubt}. Remove ${removal.files.join(", ")}?`);
  }
  const files = await removeContract(root, removal);
  return { json: { name, files }, text: [`Removed the contract ${name}:`, ...files.map((file) => `  ${file}`)].join("\n") };
}
