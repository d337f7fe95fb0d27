import { execFile } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findStale, updateGenerated } from "../../src/codegen";
import { copySpecs, makeFolder, readFiles, removeFolders, root } from "./folders";

afterAll(removeFolders);

interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the command of `make codegen`. */
function runCodegen(folder: string, ...flags: string[]): Promise<CommandResult> {
  const command = ["--import", "tsx", join(root, "src/codegen/codegen.ts"), "--root", folder, ...flags];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, command, { cwd: root }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

/** Makes a spec of one operation, `POST /token`. */
const makeSpec = (name: string) => `openapi: 3.0.3
info: {title: ${name}, version: '1'}
servers: [{url: /}]
paths:
  /token: {post: {operationId: issue${name}Token, responses: {200: {description: A token.}}}}
`;

describe("codegen", () => {
  it("writes the committed bytes, each time the same, and says so", async () => {
    const one = copySpecs();
    const { code, stdout } = await runCodegen(one);
    expect(code).toBe(0);
    expect(stdout).toContain("wrote generated/services/health.ts\n");
    expect(readFiles(join(one, "generated"))).toEqual(readFiles(join(root, "generated")));
    expect(await runCodegen(one)).toEqual({ code: 0, stdout: "generated/ is up to date: nothing changed\n", stderr: "" });
    expect(await findStale(one)).toEqual([]);
  }, 60_000);

  it("with --check names every file that would change and changes none; without it repairs them", async () => {
    const folder = copySpecs();
    const generated = join(folder, "generated");
    cpSync(join(root, "generated"), generated, { recursive: true });
    appendFileSync(join(generated, "weavr.ts"), "// by hand\n");
    rmSync(join(generated, "services", "weavr-login.json"));
    writeFileSync(join(generated, "services", "orphan.ts"), "export {};\n");
    const before = readFiles(generated);

    expect(await runCodegen(folder, "--check")).toEqual({
      code: 1,
      stdout: "",
      stderr:
        "generated/ is out of date; run `make codegen`:\n" +
        "  generated/services/orphan.ts\n  generated/services/weavr-login.json\n  generated/weavr.ts\n",
    });
    expect(readFiles(generated)).toEqual(before);

    expect(await updateGenerated(folder)).toEqual([
      { file: "generated/services/orphan.ts", done: "removed" },
      { file: "generated/services/weavr-login.json", done: "wrote" },
      { file: "generated/weavr.ts", done: "wrote" },
    ]);
    expect(readFiles(generated)).toEqual(readFiles(join(root, "generated")));
  }, 60_000);

  it("notices a changed spec, a new spec and a removed spec", async () => {
    const folder = copySpecs();
    cpSync(join(root, "generated"), join(folder, "generated"), { recursive: true });
    const abbeycross = join(folder, "openapi", "abbeycross.yaml");
    const text = readFileSync(abbeycross, "utf8");
    writeFileSync(
      join(folder, "openapi", "newcomer.yaml"),
      text.replaceAll("Abbeycross", "Newcomer").replace(/^ {2}\/.*:$/m, "  /newcomer:"),
    );
    writeFileSync(abbeycross, text.replace("maxLength: 255", "maxLength: 200"));
    rmSync(join(folder, "openapi", "firstvision.yaml"));
    expect(await findStale(folder)).toEqual([
      "generated/abbeycross.json",
      "generated/firstvision.json",
      "generated/firstvision.ts",
      "generated/newcomer.json",
      "generated/newcomer.ts",
      "generated/wiring.ts",
    ]);
  }, 60_000);

  it("lets two contracts have one path if their policies give them different addresses", async () => {
    const folder = makeFolder({ "openapi/a.yaml": makeSpec("A"), "openapi/b.yaml": makeSpec("B") });
    const clash = "openapi/b.yaml:5:12: POST /token is in openapi/a.yaml:5:12 too";
    expect((await runCodegen(folder, "--check")).stderr).toContain(clash);
    mkdirSync(join(folder, "src", "contracts", "b"), { recursive: true });
    writeFileSync(join(folder, "src", "contracts", "b", "policy.ts"), 'export const policy = { prefix: "/b" } as const;');
    expect(await runCodegen(folder)).toMatchObject({ code: 0, stderr: "" });
  });
});
