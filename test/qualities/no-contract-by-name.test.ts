import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import ts from "typescript";

const root = join(__dirname, "..", "..");

/** The contracts there are, read where everything else about them is read too. */
const contracts = readdirSync(join(root, "openapi"))
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => file.slice(0, -".yaml".length));

/**
 * Finds a contract's name as it may be written in paths, identifiers and sentences: `my-contract`, `MyContract`, `MY_CONTRACT`. A name
 * inside another word is none: a contract may be called `aid`.
 */
const anyName = new RegExp(contracts.flatMap(listSpellings).join("|"));

function listSpellings(name: string): string[] {
  const words = name.split("-");
  const capitals = words.map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
  const [first = "", ...others] = capitals;
  const camel = [first.toLowerCase(), ...others].join("");
  return [
    `(?<![A-Za-z])(?:${words.join("[-_ ]?")}|${camel})(?![a-z])`,
    `${capitals.join("[-_ ]?")}(?![a-z])`,
    `(?<![A-Za-z])${words.join("[-_ ]?").toUpperCase()}(?![A-Za-z])`,
  ];
}

/** Whether a file belongs to one contract. */
function isContractsOwn(path: string): boolean {
  return contracts.some((name) => path.startsWith(`src/contracts/${name}/`) || path.startsWith(`src/services/${name}-`));
}

/** @returns the numbers of the lines that show examples in a command's help, from 1 */
function findExampleLines(text: string): Set<number> {
  const file = ts.createSourceFile("command.ts", text, ts.ScriptTarget.Latest, true);
  const lines = new Set<number>();
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText(file) === "addExamples") {
      const lineOf = (position: number) => file.getLineAndCharacterOfPosition(position).line + 1;
      for (let line = lineOf(node.getStart(file)); line <= lineOf(node.getEnd()); line += 1) lines.add(line);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return lines;
}

/** @returns each line with a contract's name that the contract's own files alone may say, and the path of a file that is named so */
function findContractNames(path: string, text: string): string[] {
  if (isContractsOwn(path)) return [];
  const named = text.split("\n").flatMap((line, index) => (anyName.test(line) ? [{ line, number: index + 1 }] : []));
  const examples = named.length > 0 && path.startsWith("src/cli/") ? findExampleLines(text) : new Set<number>();
  const outside = named.filter(({ number }) => !examples.has(number)).map(({ line, number }) => `${path}:${number}: ${line.trim()}`);
  return anyName.test(path) ? [path, ...outside] : outside;
}

function readSources(): Map<string, string> {
  const entries = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
  return new Map(paths.sort().map((path) => [path.replaceAll(sep, "/"), readFileSync(join(root, path), "utf8")]));
}

describe("the name of a contract", () => {
  it("stands in src only in the contract's own folder and services, and in the examples of a command's help", () => {
    const sources = readSources();
    expect(contracts.length).toBeGreaterThanOrEqual(5);
    expect([...sources.keys()].filter(isContractsOwn).length).toBeGreaterThan(contracts.length * 5);
    expect([...sources].flatMap(([path, text]) => findContractNames(path, text))).toEqual([]);
  });

  it.each<[string, string, string]>([
    ["in a comparison", "src/engine/issue.ts", `if (contract.name === "raidiam") return;`],
    ["in an import", "src/app/engine.ts", `import { policy } from "../contracts/screening-eagle/policy";`],
    ["in an import of its service", "src/process/worker.ts", `import { refuse } from "../services/weavr-login/refuse";`],
    ["in an identifier", "src/pages/login/index.ts", "const isScreeningEagle = true;"],
    ["in the name of a setting", "src/config/contracts.ts", `read.text("HOURS_SCREENING_EAGLE");`],
    ["in a comment", "src/store/people/people.ts", "/** A user of Screening Eagle. */"],
    ["beside the contracts' folders", "src/contracts/serve.ts", `const contract = "abbeycross";`],
    [
      "beside the examples of a command's help",
      "src/cli/client.ts",
      `addExamples(command, "client list");\nconst contract = "firstvision";`,
    ],
  ])("(control) is found %s", (_where, path, text) => {
    expect(findContractNames(path, `const before = 1;\n${text}\n`)).toHaveLength(1);
  });

  it("(control) is found in the path of a file", () => {
    expect(findContractNames("src/testkit/weavr.ts", "export const kit = 1;\n")).toEqual(["src/testkit/weavr.ts"]);
  });

  it.each<[string, string, string]>([
    ["in the contract's folder", "src/contracts/weavr/policy.ts", `const name = "weavr";`],
    ["in the contract's service", "src/services/weavr-login/index.ts", "/** weavr's login. */"],
    ["in an example of a command's help", "src/cli/token.ts", `addExamples(\n  list,\n  "token list --contract raidiam",\n);`],
  ])("is allowed %s", (_where, path, text) => {
    expect(findContractNames(path, text)).toEqual([]);
  });
});
