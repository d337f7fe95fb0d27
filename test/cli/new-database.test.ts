import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makePolymint } from "./command";

jest.setTimeout(60_000);

const root = realpathSync(mkdtempSync(join(tmpdir(), "polymint-new-database-")));
const data = join(root, "data");
const { run, command } = makePolymint(data, { PORT: "1" });

afterAll(() => rmSync(root, { recursive: true, force: true }));

/** `script` of util-linux gives a program a terminal; that of other systems has other options. */
const hasTerminals = String(spawnSync("script", ["--version"]).stdout).includes("util-linux");

/** Runs a command at a terminal, where a person types this. */
function runAtTerminal(args: readonly string[], typed: string): { code: number | null; output: string } {
  const line = [...command, ...args].map((word) => `'${word}'`).join(" ");
  const { status, stdout } = spawnSync("script", ["--quiet", "--return", "--command", line, "/dev/null"], {
    input: typed,
    encoding: "utf8",
    env: { PATH: process.env.PATH ?? "", POLYMINT_DATA: data },
  });
  return { code: status, output: stdout };
}

describe("a command in a folder without a database", () => {
  it("refuses to make one where there is nobody to ask, and says how to find the right one", async () => {
    const [forPeople, asJson] = await Promise.all([
      run(["client", "list"]),
      run(["client", "create", "--contract", "abbeycross", "--json"]),
    ]);
    expect(forPeople).toMatchObject({ code: 2, stdout: "" });
    for (const text of [`There is no database in ${data}`, "POLYMINT_DATA", "--create-database", "DATABASE_URL"])
      expect(forPeople.stderr).toContain(text);
    expect(asJson.code).toBe(2);
    expect(JSON.parse(asJson.stderr)).toMatchObject({ error: { code: "no_database" } });
    expect(existsSync(data)).toBe(false);
  });

  // Skipped only without `script` (util-linux), which makes a terminal; CI has it.
  (hasTerminals ? it : it.skip)("asks at a terminal, and makes none unless the answer is yes", () => {
    for (const answer of ["n\n", "\n"]) {
      const { code, output } = runAtTerminal(["client", "list"], answer);
      expect(output).toContain(`There is no database in ${data}, and DATABASE_URL is not set. Make a new, empty one there? [y/N]`);
      expect(code).toBe(1);
    }
    expect(existsSync(data)).toBe(false);
  });

  it("tells by `polymint status` that there is none, and makes none", async () => {
    const [status, asJson] = await Promise.all([run(["status"]), run(["status", "--json"])]);
    expect(status).toMatchObject({ code: 5, stderr: "" });
    expect(status.stdout).toMatch(new RegExp(`^database +embedded PostgreSQL in ${data}, missing; `, "m"));
    expect(JSON.parse(asJson.stdout)).toMatchObject({ database: { kind: "embedded", folder: data, state: "missing" }, clients: null });
    expect(existsSync(data)).toBe(false);
  });
});
