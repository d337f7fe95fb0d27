import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wiring } from "../../generated/wiring";
import { formatFish, formatZsh } from "../../src/cli/completion-scripts";
import { describeCommands } from "../../src/cli/completion-tree";
import { makeProgram } from "../../src/cli/program";
import { makePolymint } from "./command";

jest.setTimeout(60_000);

const root = mkdtempSync(join(tmpdir(), "polymint-completion-"));
const file = join(root, "polymint.bash");
const contracts = wiring.map(({ name }) => name).sort();

beforeAll(async () => {
  const { code, stdout, stderr } = await makePolymint(join(root, "data")).run(["completion", "bash"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  writeFileSync(file, stdout);
});
afterAll(() => rmSync(root, { recursive: true }));

/** What bash offers for the last word of each line, sorted. A line that ends with a space begins another word. */
function complete(...lines: string[]): string[][] {
  const calls = lines.map((line) => {
    const words = line.split(" ").map((word) => `'${word}'`);
    return `COMP_WORDS=(${words.join(" ")}); COMP_CWORD=${words.length - 1}; _polymint 2>/dev/null; echo "\${COMPREPLY[*]}"`;
  });
  const output = execFileSync("bash", ["--norc", "-c", [`source ${file}`, ...calls].join("\n")], { encoding: "utf8" });
  return output
    .split("\n")
    .slice(0, lines.length)
    .map((words) => words.split(" ").filter(Boolean).sort());
}

describe("completion in bash", () => {
  it("offers commands, the options of the one that is typed, and the choices of an option", () => {
    const [groups, commands, options, statuses, names, shells, alias] = complete(
      "polymint cl",
      "polymint client ",
      "polymint client list --",
      "polymint --json client list --status ",
      "polymint client create --scope a --contract ",
      "polymint completion ",
      "polymint token revoke --client acme --dr",
    );
    expect(groups).toEqual(["client"]);
    expect(commands).toEqual(expect.arrayContaining(["create", "delete", "disable", "list", "show"]));
    expect(options).toEqual([
      "--after",
      "--contract",
      "--create-database",
      "--help",
      "--json",
      "--limit",
      "--search",
      "--status",
      "--version",
    ]);
    expect(statuses).toEqual(["active", "disabled"]);
    expect(names).toEqual(contracts);
    expect(shells).toEqual(expect.arrayContaining(["bash", "fish", "zsh"]));
    expect(alias).toEqual(["--dry-run"]);
  });

  it("offers nothing for a value that it cannot know", () => {
    expect(complete("polymint client create --name ", "polymint client list --limit ")).toEqual([[], []]);
  });

  it("takes the value of an option for no command", () => {
    const [options] = complete("polymint client create --name serve --contr");
    expect(options).toEqual(["--contract"]);
  });
});

describe("the scripts for zsh and fish", () => {
  const commands = describeCommands(makeProgram(), ["abbeycross", "of-your-own"]);

  it.each([
    ["zsh", formatZsh],
    ["fish", formatFish],
  ])("name every command and option, and contracts of one's own: %s", (_shell, format) => {
    const script = format(commands);
    for (const { commands: below, options } of commands) {
      for (const { word } of below) expect(script).toContain(word);
      for (const { word } of options) expect(script).toContain(word.slice(2));
    }
    expect(script).toContain("of-your-own");
    // A quote in a description would end the text that it stands in.
    expect(script.replaceAll(/'[^']*'/g, "")).not.toContain("'");
  });

  describe.each([
    ["zsh", "-n", formatZsh],
    ["fish", "--no-execute", formatFish],
  ])("read by %s", (shell, option, format) => {
    const isInstalled = spawnSync(shell, ["--version"]).error === undefined;
    // Skipped only without the shell; the script of bash is run in any case.
    (isInstalled ? it : it.skip)(`has no fault of syntax (skipped where ${shell} is not installed)`, () => {
      const script = join(root, `polymint.${shell}`);
      writeFileSync(script, format(commands));
      const { status, stderr } = spawnSync(shell, [option, script], { encoding: "utf8" });
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    });
  });
});
