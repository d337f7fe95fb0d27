/** The table of which room may import which (.dependency-cruiser.cjs), applied by `make check`, is proved to refuse what it must. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const root = join(__dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "polymint-rooms-"));

beforeAll(() => {
  for (const name of [".dependency-cruiser.cjs", "tsconfig.json"]) cpSync(join(root, name), join(folder, name));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
});
beforeEach(() => rmSync(join(folder, "src"), { recursive: true, force: true }));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Applies the table to a tree of these files. @returns the exit code and what is said */
function applyTable(files: Readonly<Record<string, string>>): { code: number | null; output: string } {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const command = join(root, "node_modules", ".bin", "depcruise");
  const { status, stdout } = spawnSync(command, ["src", "--config", ".dependency-cruiser.cjs"], { cwd: folder, encoding: "utf8" });
  return { code: status, output: stdout };
}

const engine = 'export const issue = "a token";\n';

describe("the table of imports between rooms", () => {
  it("lets a room import a room below it", () => {
    const http = 'import { issue } from "../engine/issue";\nexport const answer = issue;\n';
    expect(applyTable({ "src/engine/issue.ts": engine, "src/http/answer.ts": http }).code).toBe(0);
  });

  it("(control) refuses an import of a room above, even one of types alone", () => {
    const upward = 'import type { Answer } from "../http/answer";\nexport const issue = (answer: Answer): Answer => answer;\n';
    const { code, output } = applyTable({ "src/engine/issue.ts": upward, "src/http/answer.ts": "export type Answer = string;\n" });
    expect(code).not.toBe(0);
    expect(output).toContain("src/engine/issue.ts → src/http/answer.ts");
  });

  it("(control) refuses a second file that starts child processes, but not one that names their type", () => {
    const starting = 'import { spawn } from "node:child_process";\nexport const start = spawn;\n';
    const { code, output } = applyTable({ "src/engine/issue.ts": starting });
    expect(code).not.toBe(0);
    expect(output).toContain("only one file starts child processes");
    const naming = 'import type { ChildProcess } from "node:child_process";\nexport type Child = ChildProcess;\n';
    expect(applyTable({ "src/engine/issue.ts": naming }).code).toBe(0);
  });

  it("(control) refuses a circle of files in one room", () => {
    const { code, output } = applyTable({
      "src/engine/issue.ts": 'import { decide } from "./decide";\nexport const issue = (): string => decide();\n',
      "src/engine/decide.ts": 'import { issue } from "./issue";\nexport const decide = (): string => issue();\n',
    });
    expect(code).not.toBe(0);
    expect(output).toContain("no import circle");
  });

  it("(control) refuses a loose file beside the rooms, and a room that is not in the table", () => {
    const importing = 'import { helper } from "../helper";\nexport const issue = helper;\n';
    const loose = applyTable({ "src/engine/issue.ts": importing, "src/helper.ts": "export const helper = 1;\n" });
    expect(loose.code).not.toBe(0);
    expect(loose.output).toContain("src/helper.ts");
    const unknown = 'import { issue } from "../engine/issue";\nexport const utility = issue;\n';
    const { code, output } = applyTable({ "src/engine/issue.ts": engine, "src/utils/utility.ts": unknown });
    expect(code).not.toBe(0);
    expect(output).toContain("every room is in the table");
  });
});
