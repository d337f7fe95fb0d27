import { type Command, InvalidArgumentError } from "commander";
import type { AddedContract } from "../contract-writer";
import { runDevelopment } from "./development";
import { CommandError } from "./errors";
import { addExamples, type CommandOutput, formatTable, makeAction } from "./output";
import { rootOption } from "./project-option";

/** Adds `polymint contract add`. */
export function addContractAdd(contract: Command): void {
  const add = contract
    .command("add")
    .description("make a contract of a vendor's OpenAPI file, 3.0 or 3.1, YAML or JSON: its spec, its code and its test")
    .argument("<source>", "a file, an http(s) URL, or - for standard input")
    .option("--operation <operation>", "the token endpoint, such as 'POST /oauth/token', if several look like one")
    .option("--name <name>", "of the contract; by default made from the file's name")
    .option("--prefix <path>", "stands in front of the contract's path, such as /vendor", parsePrefix)
    .option(...rootOption)
    .option("--dry-run", "write nothing, and print what would be written")
    .action((source: string, options: AddFlags, command: Command) =>
      makeAction(addInDevelopment)(source, { ...options, report: makeReport(command) }, command),
    );
  addExamples(
    add,
    "contract add vendor.yaml",
    "contract add https://vendor.example/openapi.json --operation 'POST /oauth/token' --name vendor",
  );
}

interface AddFlags {
  operation?: string;
  name?: string;
  prefix?: string;
  root: string;
  dryRun?: true;
}

function parsePrefix(value: string): string {
  if (/^(?:\/[A-Za-z0-9._~-]+)+$/.test(value)) return value;
  throw new InvalidArgumentError("It begins with / and has letters, digits and . _ ~ - between slashes, such as /vendor.");
}

/** Tells a person what takes time; a program only wants the result. */
function makeReport(command: Command): (step: string) => void {
  const quiet = command.optsWithGlobals<{ json?: boolean }>().json === true;
  return (step) => {
    if (!quiet) process.stderr.write(`${step} …\n`);
  };
}

function addInDevelopment(source: string, flags: AddFlags & { report: (step: string) => void }): Promise<CommandOutput> {
  return runDevelopment(() => addOne(source, flags));
}

async function addOne(
  source: string,
  { dryRun, root, report, ...chosen }: AddFlags & { report: (step: string) => void },
): Promise<CommandOutput> {
  const { addContract } = await import("../contract-writer/index.js");
  try {
    const added = await addContract({
      source,
      root,
      ...chosen,
      dryRun: dryRun === true,
      command: describeCommand(source, chosen),
      readStdin,
      report,
    });
    const { name, operation, files, decisions } = added;
    return { json: { name, operation, files, decisions }, text: dryRun === true ? describeDryRun(added) : describeAdded(added) };
  } catch (thrown) {
    throw await explain(thrown, source);
  }
}

/** The command for another try, for the top of the spec. */
function describeCommand(source: string, { operation, name, prefix }: Omit<AddFlags, "root" | "dryRun">): string {
  const options = Object.entries({ operation, name, prefix }).flatMap(([key, value]) =>
    value === undefined ? [] : [`--${key} ${quote(value)}`],
  );
  return ["polymint contract add", quote(source), ...options].join(" ");
}

function quote(word: string): string {
  return /^[\w./:@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`).replaceAll(/[\r\n]/g, " ")}'`;
}

async function readStdin(): Promise<string> {
  const { text } = await import("node:stream/consumers");
  return text(process.stdin);
}

function describeAdded({ name, operation, files, decisions, isCheckout }: AddedContract): string {
  return [
    `Added the contract ${name}, ${operation}:`,
    ...files.map((file) => `  ${file}`),
    "",
    formatDecisions(decisions),
    "",
    isCheckout ? "Next: `make run` prints a curl for it, and `make test` tests it." : describeNext(files),
  ].join("\n");
}

/** In the folder of the project, which may not be the working folder. */
function describeNext(files: readonly string[]): string {
  const installs = files.includes("package.json") ? "`npm install` installs what package.json says; then " : "";
  return `Next, in that folder: ${installs}\`npx polymint serve --contracts . --demo\` prints a curl for it, and \`npx jest\` tests it.`;
}

function describeDryRun({ name, operation, texts, decisions }: AddedContract): string {
  const files = [...texts].map(([file, text]) => `--- ${file}\n${text}`);
  return [
    ...files,
    formatDecisions(decisions),
    "",
    `Nothing was written. Without --dry-run this adds the contract ${name}, ${operation}.`,
  ].join("\n");
}

function formatDecisions(decisions: AddedContract["decisions"]): string {
  return formatTable(
    ["WHAT", "DECIDED", "WHY", "WHERE TO CHANGE IT"],
    decisions.map(({ what, value, why, where }) => [what, shorten(value, 60), shorten(why, 90), where]),
  );
}

function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** Turns a failure that a person can cure into one of the command line's own. */
async function explain(thrown: unknown, source: string): Promise<unknown> {
  const { ContractExistsError, ContractWriterError } = await import("../contract-writer/index.js");
  const { AmbiguousOperation, VendorSpecError } = await import("../vendor-spec/index.js");
  const { SpecFaults } = await import("../codegen/index.js");
  if (thrown instanceof ContractExistsError) return new CommandError("conflict", thrown.message, thrown);
  if (thrown instanceof AmbiguousOperation) {
    const lines = thrown.candidates.map(({ operation, why }) => `  --operation ${quote(operation)}  # ${why}`);
    return new CommandError("usage", [thrown.message, ...lines].join("\n"), thrown);
  }
  if (thrown instanceof VendorSpecError) return new CommandError("failed", thrown.message, thrown);
  if (thrown instanceof ContractWriterError) return new CommandError("failed", `${source}: ${thrown.message}`, thrown);
  if (thrown instanceof SpecFaults)
    return new CommandError("failed", `the contract cannot be generated, so nothing was written:\n${thrown.message}`, thrown);
  return thrown;
}
