/**
 * Runs every fenced block of the README and of docs/: commands in bash against one demo, and what they print is compared with the
 * page; TypeScript is compiled and run; JSON and YAML are parsed. So what a reader pastes works.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { type Block, type Commands, findBlocks, listPages, pairAnswers, readBlocks, root } from "./blocks";
import { type Demo, serveDemo } from "./demo";
import { findTypeFaults, runProgram } from "./programs";

jest.setTimeout(120_000);

const pages = listPages().map((page) => ({ page, ...pairAnswers(readBlocks(page)) }));
const everything = pages.flatMap(({ commands, rest }) => [...commands, ...rest]);
const hasPython = spawnSync("python3", ["--version"]).status === 0;
const canRun = ({ notRun, language }: Commands): boolean => notRun === undefined && (hasPython || language !== "python");
type RunnablePage = Pick<(typeof pages)[number], "page" | "commands">;
const runnablePages: readonly RunnablePage[] = pages
  .map(({ page, commands }) => ({ page, commands: commands.filter(canRun) }))
  .filter(({ commands }) => commands.length > 0);
const typescript = everything.filter(({ language }) => language === "ts");
const left = everything.filter(({ notRun, notCompiled }) => notRun !== undefined || notCompiled !== undefined);
/** A reader must take those on trust: let there be few. */
const mostLeftOut = 15;

/** A fault that is armed would meet the requests of other pages too. */
const armsFaults = ({ commands }: RunnablePage): boolean => commands.some(({ text }) => /sandbox arm |\/sandbox\/arms/.test(text));
const asksDemo = ({ commands }: RunnablePage): boolean => commands.some(({ text }) => /localhost:|make run/.test(text));
const arming = runnablePages.filter((page) => asksDemo(page) && armsFaults(page));
const asking = runnablePages.filter((page) => asksDemo(page) && !armsFaults(page));
const others = runnablePages.filter((page) => !asksDemo(page));

let demo: Demo;
/** By page, what becomes of each of its blocks. */
const started = new Map<string, Promise<Promise<void>[]>>();
beforeAll(async () => {
  demo = await serveDemo();
  runInTurn(asking);
  runInTurn(others);
});
afterAll(() => demo.stop());

/** Begins to run pages, one after the other. Most of the time a shell waits for commands to load, so two rows of pages go beside each other. */
function runInTurn(row: readonly RunnablePage[]): void {
  let before: Promise<unknown> = Promise.resolve();
  for (const { page, commands } of row) {
    const runs = before.then(() => runPage(commands));
    before = runs.then((blocks) => Promise.allSettled(blocks));
    started.set(page, runs);
  }
}

/** @param expected a page's text, in which … stands for anything within a line */
function matchAnswer(expected: string): RegExp {
  const parts = expected.trim().split("…");
  const literal = parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${literal.join(".*")}$`, "m");
}

/** Gives a shell all blocks of a page at once, so that it need not wait for this process between two of them. */
function runPage(commands: readonly Commands[]): Promise<void>[] {
  const shell = demo.openPage();
  const runs = commands.map(async ({ language, text, answer }) => {
    const script = language === "python" ? `python3 - <<'END_OF_BLOCK'\n${text}END_OF_BLOCK\n` : text;
    const printed = await shell.run(demo.localize(script), answer !== undefined);
    if (answer !== undefined) expect(printed).toMatch(matchAnswer(demo.localize(answer.text)));
  });
  void Promise.allSettled(runs).then(() => shell.end());
  return runs;
}

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
    it.each(programs)("runs: $place", async ({ text }) => {
      const before = { ...process.env };
      // What the pages before a program set: a database that it fills itself, the secret of a demo client.
      if (text.includes("DATABASE_URL")) process.env.DATABASE_URL = demo.emptyDatabaseUrl;
      process.env.SECRET = demo.readSecret("demo-abbeycross");
      try {
        await runProgram(demo.localize(text));
      } finally {
        process.env = before;
      }
    });
  for (const block of runnable.filter(isSuite)) describe(`the tests of ${block.place}`, () => void runProgram(block.text));
});

function testPages(row: readonly RunnablePage[], begin?: (page: RunnablePage) => void): void {
  for (const page of row)
    describe(`the commands of ${page.page}`, () => {
      beforeAll(() => begin?.(page));
      it.each(page.commands)("work as pasted, and print what it says: $place", async (block) => {
        const runs = await started.get(page.page);
        await runs?.[page.commands.indexOf(block)];
      });
    });
}

testPages(asking);
// No other page, and no program of one, asks the demo any more.
testPages(arming, (page) => runInTurn([page]));
testPages(others);

describe("the other blocks of the pages", () => {
  const data = pages.flatMap(({ rest }) => rest).filter(({ language }) => /^(json|yaml)$/.test(language));
  it.each(data)("are sound JSON or YAML: $place", ({ language, text }) => {
    expect(language === "json" ? JSON.parse(text) : parse(text)).toBeDefined();
  });

  it("have a language that is checked, or are pictures without one, or say why they are not run", () => {
    // test/databases/pooler.test.ts runs PgBouncer with the one in INI.
    const known = ["sh", "python", "ts", "json", "yaml", "ini", "text", ""];
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
    for (const block of ["false\n", "echo $UNSET_HERE\n", "curl -sS http://localhost:3000/nowhere\n"])
      await expect(demo.openPage().run(demo.localize(block), false)).rejects.toThrow("The shell ended");
    expect('{"a":1}').not.toMatch(matchAnswer('{"a":2…}'));
  });
});
