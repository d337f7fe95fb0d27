import { spawnSync } from "node:child_process";
import { join } from "node:path";

const root = join(__dirname, "..", "..");

/**
 * Runs in a process of its own: ESLint loads its configuration by `import()`, which Jest does not support. Only these rules run, as
 * they are configured: others need the types of all sources, which takes seconds.
 */
const lintAll = `
  const { ESLint } = require("eslint");
  const ruleFilter = ({ ruleId }) => ruleId.startsWith("regexp/") || ruleId === "no-restricted-syntax";
  const overrideConfig = [{ files: ["**/*.ts"], languageOptions: { parserOptions: { projectService: false } } }];
  const eslint = new ESLint({ ruleFilter, overrideConfig });
  const texts = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
  Promise.all(texts.map(({ file, text }) => eslint.lintText(text, { filePath: file }))).then((results) =>
    process.stdout.write(JSON.stringify(results.map(([{ messages }]) => messages.map(({ ruleId, line }) => ruleId + " in line " + line)))),
  );
`;

const spec = (pattern: string): string => `components:\n  schemas:\n    Planted:\n      type: string\n      pattern: '${pattern}'\n`;
const source = (expression: string): string => `export const planted = ${expression};\n`;

const linear = "^[a-z]+(?:-[a-z]+)*$";
const exponential = "^(?:a+)+$";
const polynomial = "^[a-z ]+={0,2} *$";
const quadratic = "=+$";

const planted = [
  { file: "src/http/peer.ts", text: source(`/${linear}/`), breaks: [] },
  { file: "openapi/planted.yaml", text: spec(linear), breaks: [] },
  { file: "src/http/peer.ts", text: source(`/${exponential}/`), breaks: ["regexp/no-super-linear-backtracking in line 1"] },
  { file: "src/http/peer.ts", text: source(`/${quadratic}/`), breaks: ["regexp/no-super-linear-move in line 1"] },
  { file: "src/http/peer.ts", text: source("new RegExp(`^(?:a+)+${process.pid}$`)"), breaks: ["no-restricted-syntax in line 1"] },
  {
    file: "migrations/planted.js",
    text: `exports.planted = /${polynomial}/;\n`,
    breaks: ["regexp/no-super-linear-backtracking in line 1"],
  },
  { file: "openapi/planted.yaml", text: spec(exponential), breaks: ["regexp/no-super-linear-backtracking in line 5"] },
  { file: "openapi/services/planted.yaml", text: spec(polynomial), breaks: ["regexp/no-super-linear-backtracking in line 5"] },
  { file: "openapi/planted.yaml", text: spec(quadratic), breaks: ["regexp/no-super-linear-move in line 5"] },
] as const;

describe("the check of regular expressions in `make check`", () => {
  let found: string[][];
  beforeAll(() => {
    const { stdout } = spawnSync(process.execPath, ["-e", lintAll], { cwd: root, input: JSON.stringify(planted), encoding: "utf8" });
    found = JSON.parse(stdout) as string[][];
  }, 120_000);

  const cases = planted.map((each, index) => ({ ...each, index }));

  it.each(cases.filter(({ breaks }) => breaks.length === 0))("accepts a linear one in $file", ({ index }) => {
    expect(found[index]).toEqual([]);
  });

  it.each(cases.filter(({ breaks }) => breaks.length > 0))("(control) refuses in $file what breaks $breaks.0", ({ index, breaks }) => {
    for (const rule of breaks) expect(found[index]).toContain(rule);
  });
});
