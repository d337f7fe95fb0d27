/** `polymint contract …` in a folder outside the checkout. The commands need no database. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { wiring } from "../../generated/wiring";
import { makePolymint } from "../cli/command";

interface AddedJson {
  name: string;
  operation: string;
  files: string[];
  decisions: { what: string; value: string; why: string; where: string }[];
}

interface PackageFile {
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  jest?: { testEnvironment: string };
}

const root = join(__dirname, "..", "..");
const [builtIn = failWithoutContracts()] = wiring;

function failWithoutContracts(): never {
  throw new Error("there is no built-in contract");
}

let folder: string;
let project: string;
let polymint: ReturnType<typeof makePolymint>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "polymint-contract-"));
  project = join(folder, "project");
  polymint = makePolymint(join(folder, "data"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tokenOperation = (success: object) => ({
  post: {
    requestBody: {
      content: {
        "application/json": {
          schema: {
            type: "object",
            required: ["clientId", "clientSecret"],
            properties: { clientId: { type: "string" }, clientSecret: { type: "string" }, grant_type: { type: "string" } },
          },
        },
      },
    },
    responses: { "200": { description: "A token.", content: { "application/json": { schema: success } } } },
  },
});

function writeVendor(paths: object): string {
  const file = join(folder, "tidewater.yaml");
  writeFileSync(file, stringify({ openapi: "3.0.3", info: { title: "Tidewater", version: "7" }, paths }));
  return file;
}

const token = {
  type: "object",
  required: ["token", "zone"],
  properties: { token: { type: "string" }, zone: { type: "string", example: "north" } },
};
/** @returns the same names, with any value */
function omit(packages: Record<string, string> = {}, without: string): Record<string, unknown> {
  const names = Object.keys(packages).filter((name) => name !== without);
  return Object.fromEntries(names.map((name) => [name, expect.any(String)]));
}

function readPackage(from: string): PackageFile {
  return JSON.parse(readFileSync(join(from, "package.json"), "utf8")) as PackageFile;
}

const run = (...args: string[]) => polymint.run(["contract", ...args, "--root", project]);
const json = <T>(...args: string[]) => polymint.json<T>(["contract", ...args, "--root", project]);

function listFiles(): string[] {
  if (!existsSync(project)) return [];
  const entries = readdirSync(project, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map((entry) => join(entry.parentPath, entry.name).slice(project.length + 1)).sort();
}

describe("polymint contract", () => {
  it("prints with --dry-run what it would write, and writes nothing", async () => {
    const { code, stdout } = await run("add", writeVendor({ "/auth/token": tokenOperation(token) }), "--dry-run");
    expect([code, listFiles()]).toEqual([0, []]);
    expect(stdout).toContain("--- src/contracts/tidewater/read.ts");
    expect(stdout).toContain("Nothing was written.");
  });

  it("leaves nothing behind if the contract cannot be written", async () => {
    const failed = await run(
      "add",
      writeVendor({ "/auth/token": tokenOperation({ type: "object", properties: { ok: { type: "boolean" } } }) }),
    );
    expect([failed.code, listFiles()]).toEqual([1, []]);
    expect(failed.stderr).toMatch(/no member for the token among ok/);
  });

  it("lists the candidates if several operations look like a token endpoint", async () => {
    const file = writeVendor({ "/a/token": tokenOperation(token), "/b/token": tokenOperation(token) });
    const { code, stderr } = await run("add", file);
    expect(code).toBe(2);
    expect(stderr).toContain("--operation 'POST /a/token'");
    expect(stderr).toContain("--operation 'POST /b/token'");
  });

  it("refuses a project whose modules would be ES modules", async () => {
    mkdirSync(project);
    writeFileSync(join(project, "package.json"), '{"type":"module"}');
    const { code, stderr } = await run("add", writeVendor({ "/auth/token": tokenOperation(token) }));
    expect([code, stderr]).toEqual([1, expect.stringContaining('package.json says "type": "module"') as string]);
  });

  it("adds a contract with a project around it, and says for each decision where to change it", async () => {
    const found = {
      scripts: { test: 'echo "Error: no test specified" && exit 1', start: "mine" },
      dependencies: { polymint: "1", ajv: "8" },
    };
    writeFileSync(join(project, "package.json"), JSON.stringify(found));
    const added = await json<AddedJson>("add", writeVendor({ "/auth/token": tokenOperation(token) }));
    expect([added.name, added.operation]).toEqual(["tidewater", "POST /auth/token"]);
    expect(added.files).toEqual(listFiles());
    expect(added.files).toEqual(
      expect.arrayContaining(["package.json", "tsconfig.json", "generated/wiring.ts", "test/contracts/tidewater.test.ts"]),
    );
    const { scripts, dependencies, devDependencies, jest } = readPackage(project);
    expect([scripts?.test, scripts?.start, dependencies]).toEqual(["jest", "mine", found.dependencies]);
    expect(devDependencies).toMatchObject(omit(readPackage(root).peerDependencies, "ajv"));
    expect([devDependencies?.ajv, devDependencies?.polymint, jest?.testEnvironment]).toEqual([undefined, undefined, "node"]);
    expect(readFileSync(join(project, "test/contracts/tidewater.test.ts"), "utf8")).toContain('name: "tidewater", wiring }');
    expect(readFileSync(join(project, "src/contracts/tidewater/read.ts"), "utf8")).toContain('from "polymint/contract"');
    expect(readFileSync(join(project, "openapi/tidewater.yaml"), "utf8")).toMatch(/^# .*\n# Made from .*tidewater.yaml, version 7\.\n/);
    const zone = added.decisions.find(({ what }) => what === "answer's zone");
    expect(zone).toMatchObject({ value: '"north"', where: expect.stringMatching(/^src\/contracts\/tidewater\/grant\.ts:\d+$/) as string });
    for (const { where } of added.decisions) {
      const [file = "", line = ""] = where.split(":");
      expect(readFileSync(join(project, file), "utf8").split("\n").length).toBeGreaterThanOrEqual(Number(line));
    }
  });

  it("refuses a name that is taken", async () => {
    for (const name of ["tidewater", builtIn.name]) {
      const { code, stderr } = await run("add", writeVendor({ "/other/token": tokenOperation(token) }), "--name", name);
      expect([code, stderr]).toEqual([4, expect.stringContaining(`There is a contract ${name}`) as string]);
    }
  });

  it("gives a contract a prefix where a built-in one answers", async () => {
    const [path = ""] = Object.keys(builtIn.spec.paths);
    const { stdout } = await run("add", writeVendor({ [path]: tokenOperation(token) }), "--name", "flood", "--dry-run");
    expect(stdout).toContain('prefix: "/flood"');
  });

  it("gives a second contract at the same address a prefix, and lists both", async () => {
    const added = await json<AddedJson>("add", writeVendor({ "/auth/token": tokenOperation(token) }), "--name", "ebb");
    expect(added.decisions.find(({ what }) => what === "prefix")).toMatchObject({ value: "/ebb" });
    const { contracts } = await json<{ contracts: object[] }>("list");
    expect(contracts).toEqual([
      expect.objectContaining({ name: "ebb", operations: ["POST /ebb/auth/token"] }),
      {
        name: "tidewater",
        operations: ["POST /auth/token"],
        grants: ["client_credentials"],
        methods: ["client_secret_post"],
        file: "openapi/tidewater.yaml",
        host: null,
      },
    ]);
  });

  it("lists contracts at the addresses that settings give them, those of CONTRACTS_FOLDER too", async () => {
    const env = { CONTRACTS_FOLDER: project, CONTRACT_PREFIX_TIDEWATER: "/low", CONTRACT_HOST_EBB: "ebb.example" };
    const { contracts } = await polymint.json<{ contracts: object[] }>(["contract", "list", "--root", folder], { env });
    expect(contracts).toEqual([
      expect.objectContaining({ operations: ["POST /ebb/auth/token"], host: "ebb.example" }),
      expect.objectContaining({ operations: ["POST /low/auth/token"], file: join(project, "openapi/tidewater.yaml") }),
    ]);
  });

  it("removes no contract that other files import", async () => {
    const user = join(project, "src/user.ts");
    writeFileSync(user, 'export { policy } from "./contracts/tidewater/policy";\n');
    const before = listFiles();
    const { code, stderr } = await run("remove", "tidewater", "--yes");
    expect({ code, stderr }).toEqual({
      code: 4,
      stderr: expect.stringContaining("src/user.ts would not compile without tidewater") as string,
    });
    expect(listFiles()).toEqual(before);
    rmSync(user);
  });

  it("removes exactly what it wrote, and asks before it removes anything else", async () => {
    await json("remove", "ebb");
    expect(listFiles().filter((file) => file.includes("ebb"))).toEqual([]);
    writeFileSync(join(project, "src/contracts/tidewater/policy.ts"), "// changed\n");
    const asked = await run("remove", "tidewater");
    expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining("add --yes") as string]);
    await json("remove", "tidewater", "--yes");
    expect(listFiles()).toEqual([".gitignore", "generated/clients/index.ts", "generated/wiring.ts", "package.json", "tsconfig.json"]);
    expect((await run("remove", "tidewater")).code).toBe(3);
  });
});
