import type { Command } from "commander";
import { makeProgram } from "../../src/cli/program";
import { exitMeanings } from "../../src/cli/errors";
import { settings } from "../../src/config";
import { describeSetting } from "../../src/config/reader";

interface Described {
  /** As it is typed after `polymint`; empty for the program itself. */
  name: string;
  command: Command;
}

/** Every command, groups included. */
function listCommands(command: Command = makeProgram(), name = ""): Described[] {
  return [{ name, command }, ...command.commands.flatMap((each) => listCommands(each, `${name} ${each.name()}`.trim()))];
}

const commands = listCommands();

/** What `--help` prints, on a terminal of so many columns. */
function readHelp(command: Command, columns?: number): string {
  let text = "";
  const before = process.env.COLUMNS;
  delete process.env.COLUMNS;
  if (columns !== undefined) process.env.COLUMNS = String(columns);
  try {
    command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  } finally {
    delete process.env.COLUMNS;
    if (before !== undefined) process.env.COLUMNS = before;
  }
  return text;
}

function findCommand(name: string): Command {
  const found = commands.find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no command ${name}`);
  return found.command;
}

describe("the help of every command", () => {
  it("describes the command and each of its options and arguments", () => {
    const lacking = commands.flatMap(({ name, command }) => [
      ...(command.description() === "" ? [name] : []),
      ...command.options.filter(({ description }) => description === "").map(({ long }) => `${name} ${String(long)}`),
      ...command.registeredArguments.filter(({ description }) => description === "").map((each) => `${name} <${each.name()}>`),
    ]);
    expect(commands.length).toBeGreaterThan(60);
    expect(lacking).toEqual([]);
  });

  it.each(commands)("shows examples, --json and the exit codes: polymint $name", ({ name, command }) => {
    const help = readHelp(command);
    expect(help).toContain(`Examples:\n  polymint ${name}`);
    expect(help).toMatch(/--json +print JSON/);
    for (const [code, meaning] of Object.entries(exitMeanings)) expect(help).toContain(`  ${code}  ${meaning}\n`);
  });

  it("lists in groups what there is, within 80 columns: polymint --help", () => {
    const help = readHelp(findCommand(""), 80);
    const [, listed = ""] = help.split("\nServer:\n");
    for (const { name } of commands.filter((each) => !each.name.includes(" ") && each.name !== ""))
      expect(listed).toContain(`\n  ${name}`.slice(1));
    expect(listed.split("\nExamples:")[0]?.match(/^\w.*:$/gm)).toEqual([
      "Contracts:",
      "Clients:",
      "People:",
      "Tokens and keys:",
      "Sandbox:",
      "Development:",
    ]);
    expect(listed).toMatch(/^ {2}consent {2,}.*\(list,\s+revoke\)$/m);
    expect(help.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  it("has examples that its own parser takes", () => {
    const wrong = commands.flatMap(({ name, command }) =>
      listExamples(readHelp(command))
        .filter((line) => findUnknownOption(line) !== undefined)
        .map((line) => `${name}: ${line}`),
    );
    expect(wrong).toEqual([]);
  });

  it("(control) finds an example with an option that the command does not have", () => {
    expect(findUnknownOption("polymint client list --contract weavr --staus active")).toBe("--staus");
  });
});

/** The command lines of a help's examples. */
function listExamples(help: string): string[] {
  const [, examples = ""] = /\nExamples:\n((?: {2}.*\n)+)/.exec(help) ?? [];
  return examples
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.startsWith("polymint "));
}

/** An option in a command line that its command does not have. */
function findUnknownOption(line: string): string | undefined {
  const words = line
    .replace(/'[^']*'|"[^"]*"/g, "text")
    .split(" ")
    .slice(1);
  let [command] = commands.map((each) => each.command);
  for (const word of words) command = command?.commands.find((each) => each.name() === word) ?? command;
  const known = ["--json", "--help", ...(command?.options.map(({ long }) => long) ?? [])];
  return words.find((word) => word.startsWith("--") && !known.includes(word));
}

describe("the settings in polymint serve --help", () => {
  const serve = findCommand("serve");

  it("stand in one line each where the output is no terminal", () => {
    const help = readHelp(serve);
    for (const setting of settings) {
      const isLine = (line: string): boolean => line.startsWith(`  ${setting.name} `) && line.endsWith(describeSetting(setting));
      expect(help.split("\n").some(isLine)).toBe(true);
    }
  });

  it.each([60, 80, 100, 140])("wrap at %i columns, and say the same", (columns) => {
    const [, ...rest] = readHelp(serve, columns).split("Settings, from the environment:\n");
    const shown = (rest.join("").split("\nExamples:")[0] ?? "").split("\n");
    const tooLong = shown.filter((line) => line.length > columns && line.trim().includes("  "));
    expect(tooLong).toEqual([]);
    const text = shown.map((line) => line.trim()).join(" ");
    for (const { name } of settings) expect(text).toContain(name);
    if (columns < 120) for (const setting of settings) expect(text).toContain(describeSetting(setting));
  });
});
