import { execFile } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";

const root = join(__dirname, "..", "..");
const temporary: string[] = [];
afterAll(() => temporary.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

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

/** Makes a folder with the checkout's specs, or with one other spec only. */
function makeFolder(spec?: string): string {
  const folder = mkdtempSync(join(tmpdir(), "polymint-codegen-"));
  temporary.push(folder);
  if (spec === undefined) cpSync(join(root, "openapi"), join(folder, "openapi"), { recursive: true });
  else {
    mkdirSync(join(folder, "openapi"));
    writeFileSync(join(folder, "openapi", "odd.yaml"), spec);
  }
  return folder;
}

function readFiles(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = names.map((entry) => join(entry.parentPath, entry.name)).sort();
  return Object.fromEntries(paths.map((path) => [path.slice(folder.length + 1), readFileSync(path, "utf8")]));
}

describe("codegen", () => {
  it("writes the committed bytes, each time the same", async () => {
    const [one, two] = [makeFolder(), makeFolder()];
    await Promise.all([runCodegen(one), runCodegen(two)]);
    expect(readFiles(join(one, "generated"))).toEqual(readFiles(join(root, "generated")));
    expect(readFiles(join(two, "generated"))).toEqual(readFiles(join(one, "generated")));
    expect(await runCodegen(one)).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await runCodegen(one, "--check")).toEqual({ code: 0, stdout: "", stderr: "" });
  }, 60_000);

  it("with --check names every file that would change and changes none; without it repairs them", async () => {
    const folder = makeFolder();
    const generated = join(folder, "generated");
    cpSync(join(root, "generated"), generated, { recursive: true });
    appendFileSync(join(generated, "weavr.ts"), "// by hand\n");
    rmSync(join(generated, "services", "weavr-login.json"));
    writeFileSync(join(generated, "services", "orphan.ts"), "export {};\n");
    const before = readFiles(generated);

    const checked = await runCodegen(folder, "--check");
    expect(checked).toMatchObject({ code: 1, stdout: "" });
    expect(checked.stderr).toBe(
      "generated/ is out of date; run `make codegen`:\n  services/orphan.ts\n  services/weavr-login.json\n  weavr.ts\n",
    );
    expect(readFiles(generated)).toEqual(before);

    const mended = await runCodegen(folder);
    expect(mended).toEqual({
      code: 0,
      stdout: "removed generated/services/orphan.ts\nwrote generated/services/weavr-login.json\nwrote generated/weavr.ts\n",
      stderr: "",
    });
    expect(readFiles(generated)).toEqual(readFiles(join(root, "generated")));
  }, 60_000);

  it("with --check notices a changed spec, a new spec and a removed spec", async () => {
    const folder = makeFolder();
    cpSync(join(root, "generated"), join(folder, "generated"), { recursive: true });
    const abbeycross = join(folder, "openapi", "abbeycross.yaml");
    writeFileSync(join(folder, "openapi", "newcomer.yaml"), readFileSync(abbeycross, "utf8").replaceAll("Abbeycross", "Newcomer"));
    writeFileSync(abbeycross, readFileSync(abbeycross, "utf8").replace("maxLength: 255", "maxLength: 200"));
    rmSync(join(folder, "openapi", "firstvision.yaml"));
    const { code, stderr } = await runCodegen(folder, "--check");
    expect(code).toBe(1);
    expect(stderr.trim().split("\n  ").slice(1)).toEqual([
      "abbeycross.json",
      "firstvision.json",
      "firstvision.ts",
      "newcomer.json",
      "newcomer.ts",
      "wiring.ts",
    ]);
  }, 60_000);
});

interface TestSpec {
  openapi: string;
  servers?: { url: string }[];
  paths: Record<string, Record<string, TestOperation>>;
}

interface TestOperation {
  operationId?: string;
  requestBody?: { content: Record<string, unknown> };
  responses: Record<string, { description: string; content?: Record<string, unknown> }>;
}

/** Makes a sound spec of one operation, `POST /odd`. */
function makeSoundSpec(): { spec: TestSpec; operation: TestOperation } {
  const operation: TestOperation = {
    operationId: "issueToken",
    requestBody: { content: { "application/json": { schema: { type: "object" } } } },
    responses: { 200: { description: "A token." }, 400: { description: "No token." } },
  };
  return { spec: { openapi: "3.0.3", servers: [{ url: "/" }], paths: { "/odd": { post: operation } } }, operation };
}

type Breach = [what: string, breach: (spec: TestSpec, operation: TestOperation) => void, fault: string];

const breaches: Breach[] = [
  ["an operation without operationId", (_, operation) => delete operation.operationId, "POST /odd: has no operationId"],
  ["an operationId that is not a name", (_, operation) => (operation.operationId = "issue token"), "POST /odd: has no operationId"],
  ["a range of statuses", (_, { responses }) => (responses["4XX"] = { description: "No." }), "POST /odd: response 4XX is a range"],
  ["a range in lower case", (_, { responses }) => (responses["5xx"] = { description: "No." }), "POST /odd: response 5xx is a range"],
  [
    "a reference to another file",
    (_, { responses }) =>
      (responses["409"] = { description: "", content: { "application/json": { schema: { $ref: "./common.yaml#/Error" } } } }),
    "#/paths//odd/post/responses/409/content/application/json/schema: $ref ./common.yaml#/Error leaves the file",
  ],
  ["servers other than /", (spec) => (spec.servers = [{ url: "https://odd.example/v1" }]), "servers: must be exactly one, with url /"],
  ["two servers", (spec) => spec.servers?.push({ url: "/v2" }), "servers: must be exactly one, with url /"],
  ["no servers", (spec) => delete spec.servers, "servers: must be exactly one, with url /"],
  [
    "path parameters",
    ({ paths }, operation) => (paths["/odd/{id}"] = { get: { ...operation, operationId: "b" } }),
    "/odd/{id}: path parameters",
  ],
  [
    "two media types",
    (_, { requestBody }) => Object.assign(requestBody?.content ?? {}, { "application/x-www-form-urlencoded": {} }),
    "POST /odd: a request body must have exactly one media type",
  ],
  ["OpenAPI 3.1", (spec) => (spec.openapi = "3.1.0"), "openapi: must be a 3.0.x version"],
  ["one operationId twice", ({ paths }, operation) => (paths["/other"] = { post: operation }), "operationId issueToken is used twice"],
  ["no success", (_, { responses }) => delete responses["200"], "POST /odd: declares no success"],
  ["no operation", (spec) => (spec.paths = {}), "paths: there is no operation"],
];

describe("the checks of codegen", () => {
  it("accept a sound spec", async () => {
    const folder = makeFolder(stringify(makeSoundSpec().spec));
    expect(await runCodegen(folder)).toMatchObject({ code: 0, stderr: "" });
    expect(readFileSync(join(folder, "generated", "wiring.ts"), "utf8")).toContain(`wire<Operations0>("odd", spec0, definition0)`);
  });

  it("report every breach at once with its file and place, and then nothing is written", async () => {
    const folder = makeFolder(stringify(makeSoundSpec().spec));
    mkdirSync(join(folder, "openapi", "services"));
    breaches.forEach(([, breach], index) => {
      const { spec, operation } = makeSoundSpec();
      breach(spec, operation);
      writeFileSync(join(folder, "openapi", index % 2 === 0 ? "services" : "", `breach${index}.yaml`), stringify(spec));
    });
    const { code, stdout, stderr } = await runCodegen(folder);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    const said = stderr.trim().split("\n");
    const unsaid = breaches.filter(
      ([, , fault], index) =>
        !said.some((line) => line.startsWith(`openapi/${index % 2 === 0 ? "services/" : ""}breach${index}.yaml: ${fault}`)),
    );
    expect(unsaid.map(([what]) => what)).toEqual([]);
    expect(said.length).toBe(breaches.length);
    expect(() => readdirSync(join(folder, "generated"))).toThrow(/ENOENT/);
  });

  it("report every file that is not an OpenAPI document, without a crash", async () => {
    const folder = makeFolder();
    const texts = {
      unreadable: "paths: [",
      empty: "",
      list: "- a\n",
      bare: stringify({ ...makeSoundSpec().spec, paths: { "/odd": null } }),
      pathless: stringify({ ...makeSoundSpec().spec, paths: null }),
      hollow: stringify({ ...makeSoundSpec().spec, paths: { "/odd": { post: null } } }),
      doubled: `${stringify(makeSoundSpec().spec)}openapi: 3.0.2\n`,
    };
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, "openapi", `${name}.yaml`), text);
    const { code, stdout, stderr } = await runCodegen(folder);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    for (const name of Object.keys(texts)) expect(stderr).toContain(`openapi/${name}.yaml: `);
    expect(stderr).not.toMatch(/TypeError|undefined|at .*\.ts:/);
  });

  it("report an operationId that two specs share, and a schema name that means two things", async () => {
    const folder = makeFolder();
    const abbeycross = readFileSync(join(folder, "openapi", "abbeycross.yaml"), "utf8");
    writeFileSync(join(folder, "openapi", "newcomer.yaml"), abbeycross.replace("maxLength: 255", "maxLength: 200"));
    expect(await runCodegen(folder)).toEqual({
      code: 1,
      stdout: "",
      stderr:
        "openapi/: operationId issueAbbeycrossToken is used in two specs\n" +
        "openapi/: schema AbbeycrossTokenRequest is not the same in abbeycross and newcomer\n",
    });
  });

  it("are tested with a spec that survives YAML unchanged", () => {
    const { spec } = makeSoundSpec();
    expect(parse(stringify(spec))).toEqual(JSON.parse(JSON.stringify(spec)));
  });
});
