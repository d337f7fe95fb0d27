import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { decode } from "jsonwebtoken";
import { makeTestDatabase, type TestDatabase } from "../../src/testkit/test-database";
import { freePort, until, databaseUrlOf } from "../harness/installed-server";
import { makeCompiler } from "./compiler";

const root = join(__dirname, "..", "..");
const fixture = join(root, "test", "fixtures", "sixth");
const contractFolder = join("src", "contracts", "meridian");
const answerless = `
import type { operations } from "../../../generated/meridian";
import type { Contract } from "../contract";
import abbeycross from "../abbeycross";
export default { ...abbeycross, operations: {} } satisfies Contract<operations>;
`;

/** A separate checkout: the hand-written files are copied, the installed packages are linked. */
const checkout = mkdtempSync(join(tmpdir(), "polymint-sixth-"));
const byHand = ["openapi", "src", "migrations", "package.json", "tsconfig.json", "tsconfig.build.json", "Makefile"];

let database: TestDatabase;
let server: ChildProcess | undefined;

beforeAll(async () => {
  for (const name of [...byHand, "generated"]) cpSync(join(root, name), join(checkout, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(checkout, "node_modules"));
  database = await makeTestDatabase(process.env.DATABASE_URL);
});

afterAll(async () => {
  if (server !== undefined && server.exitCode === null) {
    server.kill("SIGKILL");
    await once(server, "exit");
  }
  await database.drop();
  rmSync(checkout, { recursive: true, force: true });
});

interface CommandResult {
  code: number;
  output: string;
}

function runNode(...command: string[]): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, command, { cwd: checkout }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    );
  });
}

/** Runs `make codegen` and the `tsc` of `make check`, without the package manager. */
const runCodegen = (): Promise<CommandResult> => runNode("--import", "tsx", "src/codegen/codegen.ts");
const compile = makeCompiler(checkout);

/** @returns the file of each error */
function filesWithErrors({ output }: { output: string }): string[] {
  return [...output.matchAll(/^(\S+)\(\d+,\d+\): error/gm)].map(([, file = ""]) => file);
}

function readFiles(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(folder.length + 1), readFileSync(path, "utf8")];
    }),
  );
}

describe("a sixth contract", () => {
  const before = new Map<string, string>();

  it("starts from a checkout that compiles", async () => {
    for (const name of [...byHand, "generated"]) {
      for (const [path, text] of name.includes(".") || name === "Makefile" ? [] : readFiles(join(checkout, name)))
        before.set(`${name}/${path}`, text);
    }
    expect(compile()).toEqual({ code: 0, output: "" });
  }, 60_000);

  it("makes the compiler ask for its folder after codegen", async () => {
    cpSync(join(fixture, "meridian.yaml"), join(checkout, "openapi", "meridian.yaml"));
    expect(await runCodegen()).toMatchObject({
      code: 0,
      output: "wrote generated/meridian.json\nwrote generated/meridian.ts\nwrote generated/wiring.ts\n",
    });
    const compiled = compile();
    expect(compiled.code).not.toBe(0);
    expect(compiled.output).toContain("error TS2307: Cannot find module '../src/contracts/meridian'");
    expect(new Set(filesWithErrors(compiled))).toEqual(new Set(["generated/wiring.ts"]));
  }, 60_000);

  it("makes the compiler ask for the operation if its answer is empty", async () => {
    mkdirSync(join(checkout, contractFolder));
    writeFileSync(join(checkout, contractFolder, "index.ts"), answerless);
    const compiled = compile();
    expect(compiled.code).not.toBe(0);
    expect(compiled.output).toContain("Property 'issueTicket' is missing in type '{}'");
    expect(filesWithErrors(compiled)).toContain("src/contracts/meridian/index.ts");
  }, 60_000);

  it("makes the compiler ask for a forgotten refusal", async () => {
    cpSync(join(fixture, "meridian"), join(checkout, contractFolder), { recursive: true });
    const refuse = join(checkout, contractFolder, "refuse.ts");
    const whole = readFileSync(refuse, "utf8");
    writeFileSync(refuse, whole.replace(/^ *dependency_timeout:.*\n/m, ""));
    const compiled = compile();
    expect(compiled.code).not.toBe(0);
    expect(compiled.output).toContain("Property 'dependency_timeout' is missing");
    expect(new Set(filesWithErrors(compiled))).toEqual(new Set(["src/contracts/meridian/refuse.ts"]));
    writeFileSync(refuse, whole);
  }, 60_000);

  it("compiles once complete, and no other hand-written file has changed", async () => {
    expect(compile()).toEqual({ code: 0, output: "" });
    expect((await runNode("--import", "tsx", "src/codegen/codegen.ts", "--check")).code).toBe(0);
    const changed: string[] = [];
    for (const name of ["openapi", "src", "migrations", "generated"]) {
      for (const [path, text] of readFiles(join(checkout, name)))
        if (before.get(`${name}/${path}`) !== text) changed.push(`${name}/${path}`);
    }
    expect(changed.filter((path) => !path.startsWith(`${contractFolder}/`)).sort()).toEqual([
      "generated/meridian.json",
      "generated/meridian.ts",
      "generated/wiring.ts",
      "openapi/meridian.yaml",
    ]);
  }, 60_000);

  it("serves its demo client with the printed curl, and answers with its own refusals", async () => {
    const port = await freePort();
    const { PATH = "" } = process.env;
    const environment = {
      PATH,
      PORT: String(port),
      WORKERS: "1",
      DATABASE_URL: databaseUrlOf(database),
      POLYMINT_DATA: join(checkout, "data"),
    };
    const child = spawn(process.execPath, ["--import", "tsx", "src/cli/polymint.ts", "serve", "--demo"], {
      cwd: checkout,
      env: environment,
    });
    server = child;
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const complaints = text(child.stderr);
    await until("the banner is printed", () => output.includes("Ctrl-C") || child.exitCode !== null, 20_000);
    if (child.exitCode !== null) throw new Error(await complaints);
    expect(output).toContain("Polymint serves 6 contracts");

    const curl = /^curl .*\/meridian\/tickets.*$/m.exec(output)?.[0] ?? "";
    const ticket = JSON.parse(await runShell(curl)) as { ticket: string; validUntil: string; rights: string[] };
    expect(Object.keys(ticket).sort()).toEqual(["rights", "ticket", "validUntil"]);
    expect(ticket.rights).toEqual(["enter", "leave"]);
    expect(decode(ticket.ticket)).toMatchObject({ sub: "demo-meridian", rights: ["enter", "leave"], iss: `http://localhost:${port}` });

    const url = `http://127.0.0.1:${port}/meridian/tickets`;
    const headers = { "Content-Type": "application/json" };
    const stranger = await fetch(url, { method: "POST", headers, body: JSON.stringify({ key: "nobody", phrase: "wrong" }) });
    expect([stranger.status, await stranger.json()]).toEqual([403, { reason: "stranger", reference: expect.any(String) as string }]);
    const garbled = await fetch(url, { method: "POST", headers, body: "{" });
    expect([garbled.status, await garbled.json()]).toMatchObject([422, { reason: "garbled" }]);
    const wrongMethod = await fetch(url);
    expect([wrongMethod.status, await wrongMethod.json()]).toMatchObject([422, { reason: "garbled" }]);

    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
  }, 60_000);
});

function runShell(curl: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile("bash", ["-c", curl], (error, stdout, stderr) => (error === null ? resolve(stdout) : reject(new Error(stderr))));
  });
}
