/** The table of which room may import which (.dependency-cruiser.cjs), applied by `make check`, is proved to refuse what it must. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const root = join(__dirname, "..", "..");

/** All in one tree, because each use of the table starts a program that takes seconds. What is not named below must be allowed. */
const files: Readonly<Record<string, string>> = {
  "src/engine/issue.ts": 'export const issue = "a token";\n',
  "src/http/answer.ts": 'import { issue } from "../engine/issue";\nexport const answer = issue;\nexport type Answer = string;\n',
  "src/engine/upward.ts": 'import type { Answer } from "../http/answer";\nexport const upward = (answer: Answer): Answer => answer;\n',
  "src/engine/start.ts": 'import { spawn } from "node:child_process";\nexport const start = spawn;\n',
  "src/engine/name.ts": 'import type { ChildProcess } from "node:child_process";\nexport type Child = ChildProcess;\n',
  "src/engine/ask.ts": 'import { decide } from "./decide";\nexport const ask = (): string => decide();\n',
  "src/engine/decide.ts": 'import { ask } from "./ask";\nexport const decide = (): string => ask();\n',
  "src/helper.ts": "export const helper = 1;\n",
  "src/engine/help.ts": 'import { helper } from "../helper";\nexport const help = helper;\n',
  "src/utils/utility.ts": 'import { issue } from "../engine/issue";\nexport const utility = issue;\n',
};

let code: number | null;
let refusals: readonly string[];
beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), "polymint-rooms-"));
  for (const name of [".dependency-cruiser.cjs", "tsconfig.json"]) cpSync(join(root, name), join(folder, name));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const command = join(root, "node_modules", ".bin", "depcruise");
  const args = ["src", "--config", ".dependency-cruiser.cjs", "--output-type", "err"];
  const { status, stdout } = spawnSync(command, args, { cwd: folder, encoding: "utf8" });
  rmSync(folder, { recursive: true, force: true });
  code = status;
  refusals = [...stdout.matchAll(/^ *error (.*)$/gm)].map(([, refusal = ""]) => refusal);
}, 30_000);

/** @returns the refusals of imports by this file */
const refusalsOf = (path: string): string[] => refusals.filter((refusal) => refusal.includes(`: ${path} → `));

describe("the table of imports between rooms", () => {
  it("lets a room import a room below it", () => {
    expect(refusalsOf("src/http/answer.ts")).toEqual([]);
  });

  it("(control) refuses an import of a room above, even one of types alone", () => {
    expect(refusalsOf("src/engine/upward.ts")).toEqual(["engine imports only itself: src/engine/upward.ts → src/http/answer.ts"]);
  });

  it("(control) refuses a second file that starts child processes, but not one that names their type", () => {
    expect(refusalsOf("src/engine/start.ts")).toEqual([expect.stringMatching(/^only one file starts child processes/)]);
    expect(refusalsOf("src/engine/name.ts")).toEqual([]);
  });

  it("(control) refuses a circle of files in one room", () => {
    expect(refusalsOf("src/engine/ask.ts")).toEqual([expect.stringMatching(/^no import circle/)]);
  });

  it("(control) refuses a loose file beside the rooms, and a room that is not in the table", () => {
    expect(refusalsOf("src/engine/help.ts")).toContain("no file outside a room: src/engine/help.ts → src/helper.ts");
    expect(refusalsOf("src/utils/utility.ts")).toEqual(["every room is in the table: src/utils/utility.ts → src/engine/issue.ts"]);
  });

  it("refuses nothing else, and ends with the number of refusals", () => {
    expect([code, refusals.length]).toEqual([6, 6]);
  });
});
