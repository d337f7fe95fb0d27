import type { Command } from "commander";
import { describeCommands } from "./completion-tree";
import { formatBash, formatFish, formatZsh } from "./completion-scripts";
import { findChoices, makeChoiceParser } from "./options";
import { addExamples, type CommandOutput, makeAction } from "./output";

const formats = { bash: formatBash, zsh: formatZsh, fish: formatFish } as const;
type Shell = keyof typeof formats;
const parseShell = makeChoiceParser<Shell>(["bash", "zsh", "fish"]);

/** `polymint completion` */
export function addCompletion(program: Command): void {
  const command = program
    .command("completion")
    .description("print a script with which a shell completes commands, options and their values; contracts are those there are now")
    .argument("<shell>", `one of ${findChoices(parseShell)?.join(", ") ?? ""}`, parseShell)
    .action(makeAction((shell: Shell) => printScript(program, shell)));
  addExamples(
    command,
    "completion bash > /etc/bash_completion.d/polymint",
    'completion zsh > "${fpath[1]}/_polymint"',
    "completion fish > ~/.config/fish/completions/polymint.fish",
  );
}

async function printScript(program: Command, shell: Shell): Promise<CommandOutput> {
  const { readContractsFolder } = await import("../config/index.js");
  const { loadContracts } = await import("../contracts-folder/index.js");
  const { joinContracts } = await import("../contracts/registry.js");
  const contracts = joinContracts(loadContracts(readContractsFolder(process.env))).map(({ name }) => name);
  const script = formats[shell](describeCommands(program, contracts));
  return { json: { shell, script }, text: script };
}
