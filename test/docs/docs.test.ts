/**
 * Runs every fenced block of the README and of docs/: commands in bash against one demo, and what they print is compared with the
 * page; TypeScript is compiled and run; JSON and YAML are parsed. So what a reader pastes works.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { type Block, type Commands, findBlocks, listPages, pairAnswers, readBlocks, root } from "./blocks";
import { type Demo, serveDemo } from "./demo";
import type { PageShell } from "./page-shell";
import { findTypeFaults, runProgram } from "./programs";

jest.setTimeout(60_000);

const pages = listPages().map((page) => ({ page, ...pairAnswers(readBlocks(page)) }));
const everything = pages.flatMap(({ commands, rest }) => [...commands, ...rest]);
const typescript = everything.filter(({ language }) => language === "ts");
const left = everything.filter(({ notRun, notCompiled }) => notRun !== undefined || notCompiled !== undefined);
/** A reader must take those on trust: let there be few. */
const mostLeftOut = 16;

let demo: Demo;
beforeAll(async () => {
  demo = await serveDemo();
});
afterAll(() => demo.stop());

/** @param expected a page's text, in which … stands for anything within a line */
function matchAnswer(expected: string): RegExp {
  const parts = expected.trim().split("…");
  const literal = parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${literal.join(".*")}$`, "m");
}

async function runCommands(shell: PageShell, { text, answer }: Commands): Promise<void> {
  const printed = await shell.run(demo.localize(text), answer !== undefined);
  if (answer !== undefined) expect(printed).toMatch(matchAnswer(demo.localize(answer.text)));
}

describe.each(pages.filter(({ commands }) => commands.some(({ notRun }) => notRun === undefined)))(
  "the commands of $page",
  ({ commands }) => {
    let shell: PageShell;
    beforeAll(() => {
      shell = demo.openPage();
    });
    afterAll(() => shell.end());

    it.each(commands.filter(({ notRun }) => notRun === undefined))("work as pasted, and print what it says: $place", (block) =>
      runCommands(shell, block),
    );
  },
);

/** Blocks that declare tests of their own. */
const isSuite = ({ text }: Block): boolean => /^(it|test|describe|everyContract)\(/m.test(text);

describe("the TypeScript of the pages", () => {
  it("compiles against the types of the package, and the compiler finds what does not (control)", () => {
    const wrong = { place: "page:1", page: "page", language: "ts", section: 0, text: "const n: number = 'text';\n" };
    const faults = findTypeFaults([wrong, ...typescript.filter(({ notCompiled }) => notCompiled === undefined)]);
    expect(faults).toEqual(["page:1, line 1 of the block: Type 'string' is not assignable to type 'number'."]);
  });

  const runnable = typescript.filter(({ notRun, notCompiled }) => notRun === undefined && notCompiled === undefined);
  const programs = runnable.filter((block) => !isSuite(block));
  if (programs.length > 0)
    it.each(programs)("runs: $place", async (block) => {
      const { DATABASE_URL: before } = process.env;
      if (block.text.includes("DATABASE_URL")) process.env.DATABASE_URL = demo.emptyDatabaseUrl;
      try {
        await runProgram(block);
      } finally {
        if (before === undefined) delete process.env.DATABASE_URL;
        else process.env.DATABASE_URL = before;
      }
    });
  for (const block of runnable.filter(isSuite)) describe(`the tests of ${block.place}`, () => void runProgram(block));
});

describe("the other blocks of the pages", () => {
  const data = pages.flatMap(({ rest }) => rest).filter(({ language }) => /^(json|yaml)$/.test(language));
  it.each(data)("are sound JSON or YAML: $place", ({ language, text }) => {
    expect(language === "json" ? JSON.parse(text) : parse(text)).toBeDefined();
  });

  it("have a language that is checked, or are pictures without one, or say why they are not run", () => {
    const known = ["sh", "ts", "json", "yaml", "text", ""];
    expect(everything.filter(({ language, notRun }) => !known.includes(language) && notRun === undefined)).toEqual([]);
  });

  it("name no target of make that there is not, even where they are not run", () => {
    const makefile = readFileSync(join(root, "Makefile"), "utf8");
    const targets = everything
      .filter(({ language }) => language === "sh")
      .flatMap(({ text }) => [...text.matchAll(/^(?:\w+=\S* )*make ([\w-]+)/gm)]);
    expect(targets.filter(([, target = ""]) => !makefile.includes(`\n${target}:`)).map(([line]) => line)).toEqual([]);
  });

  it("are few that are left out, and each says why", () => {
    const reasons = left.map(({ place, notRun, notCompiled }) => [place, notRun ?? notCompiled]);
    expect(reasons.filter(([, reason]) => reason === "")).toEqual([]);
    expect(reasons.slice(mostLeftOut)).toEqual([]);
  });
});

describe("the reader of the pages", () => {
  const fence = "```";
  it("finds blocks in lists too, with the reason why one is not run, and the answer under the same heading", () => {
    const text = ["# One", "", "<!-- not run: no -->", `${fence}sh`, "a", fence, `  ${fence}json`, "  {}", `  ${fence}`];
    const [first, second] = findBlocks("page", [...text, "# Two", `${fence}json`, "[]", fence].join("\n"));
    expect([first, second]).toMatchObject([{ place: "page:4", text: "a\n", notRun: "no" }, { text: "{}\n" }]);
    const { commands, rest } = pairAnswers(findBlocks("page", [...text, "# Two", `${fence}json`, "[]", fence].join("\n")));
    expect([commands[0]?.answer?.text, rest.map(({ text: found }) => found)]).toEqual(["{}\n", ["[]\n"]]);
  });

  it("finds a block that fails, a variable that is not set and an answer that is another (control)", async () => {
    for (const block of ["false\n", "echo $UNSET_HERE\n", "curl -sS http://localhost:3000/nowhere\n"]) {
      const shell = demo.openPage();
      await expect(shell.run(demo.localize(block), false)).rejects.toThrow("The shell ended");
      shell.end();
    }
    expect('{"a":1}').not.toMatch(matchAnswer('{"a":2…}'));
  });
});
