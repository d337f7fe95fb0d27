import { execFile } from "node:child_process";
import { appendFileSync, cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

/** Makes the spec of a contract that has these operations: their ids by method and path. */
function makeSpec(operations: Readonly<Record<string, string>>): string {
  const paths = Object.entries(operations).map(([call, id]) => {
    const [method = "", path = ""] = call.split(" ");
    return `  ${path}: {${method.toLowerCase()}: {operationId: ${id}, responses: {200: {description: Done.}}}}\n`;
  });
  return `openapi: 3.0.3\ninfo: {title: A, version: '1'}\nservers: [{url: /}]\npaths:\n${paths.join("")}`;
}

/** Makes the files of contracts, as far as codegen reads them. */
function makeContracts(contracts: Readonly<Record<string, TestContract>>): Record<string, string> {
  const files = Object.entries(contracts).flatMap(([name, { calls, policy = {}, answers = {} }]) => [
    [`openapi/${name}.yaml`, makeSpec(calls)],
    [`src/contracts/${name}/policy.ts`, `export const policy = ${JSON.stringify(policy)} as const;`],
    [`src/contracts/${name}/index.ts`, `export default { operations: ${JSON.stringify(answers)} };`],
  ]);
  return Object.fromEntries(files) as Record<string, string>;
}

interface TestContract {
  calls: Readonly<Record<string, string>>;
  policy?: { prefix?: string; host?: string };
  answers?: Readonly<Record<string, string>>;
}

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
    const stale = await findStale(folder);
    expect(stale.filter((file) => !file.startsWith("generated/collections/"))).toEqual([
      "generated/abbeycross.json",
      "generated/clients/firstvision.ts",
      "generated/clients/index.ts",
      "generated/clients/newcomer.ts",
      "generated/firstvision.json",
      "generated/firstvision.ts",
      "generated/newcomer.json",
      "generated/newcomer.ts",
      "generated/wiring.ts",
    ]);
    expect(stale).toEqual(
      expect.arrayContaining(["firstvision", "newcomer"].map((name) => `generated/collections/bruno/${name}/bruno.json`)),
    );
  }, 60_000);

  it("names what is wrong with x-token-client, and writes a client of operations alone where there is none", async () => {
    const spec = makeSpec({ "POST /token": "issueToken" });
    const withPlan = (plan: string) => spec.replace("operationId:", `x-token-client: ${plan}, operationId:`);
    const folder = makeFolder({ "openapi/plain.yaml": spec });
    await updateGenerated(folder);
    const client = readFiles(join(folder, "generated"))["clients/plain.ts"];
    expect(client).toContain("makePlainClient(options: ClientOptions): RequestClient<paths>");
    expect(client).toContain('from "polymint/client"');
    const faults = {
      "{}": "has no requests; write one for each grant",
      "{requests: {code: {body: {secret: '{secret}'}}}, answer: {token: /t}}": "code: {secret} is no variable; there are clientId",
      "{requests: {code: {form: {}}}, answer: {token: /t}}": "code: form is no member of a request; there are basic",
      "{requests: {code: {first: {path: /login}}}, answer: {token: /t}}": "first needs a path, and in take the place of the token",
      "{requests: {code: {basic: true}}}": "does not say where the token is; write `answer:",
      "{requests: {code: {basic: true}}, answer: {token: t, keepSeconds: 0}}": "answer: token is no JSON pointer",
    };
    for (const [plan, fault] of Object.entries(faults)) {
      writeFileSync(join(folder, "openapi", "plain.yaml"), withPlan(plan));
      const message = `openapi/plain.yaml:5:19: POST /token: x-token-client: `;
      const error = await findStale(folder).catch((thrown: unknown) => thrown);
      expect([plan, String(error)]).toEqual([plan, expect.stringContaining(fault) as string]);
      expect(String(error)).toContain(message.slice(0, "openapi/plain.yaml:5:".length));
    }
  }, 60_000);

  it("lets contracts share a path if their policies give them different addresses, or they leave it to the server", async () => {
    const folder = makeFolder({
      ...makeContracts({
        plain: { calls: { "POST /token": "issuePlain" } },
        prefixed: { calls: { "POST /token": "issuePrefixed", "GET /login": "logIn" }, policy: { prefix: "/b" } },
        hosted: { calls: { "POST /token": "issueHosted" }, policy: { host: "a.example" } },
        mapped: {
          calls: { "POST /oauth2/revoke": "revoke", "POST /oauth2/introspect": "check", "GET /authorize": "ask" },
          answers: { revoke: "revokeToken", check: "left_out", ask: "left_out" },
        },
        twin: { calls: { "POST /oauth2/revoke": "revokeToo" }, answers: { revokeToo: "revokeToken" } },
      }),
    });
    expect(await runCodegen(folder)).toMatchObject({ code: 0, stderr: "" });
  });

  it("refuses contracts that have one address all the same, and says what to change", async () => {
    const folder = makeFolder({
      ...makeContracts({
        host: { calls: { "POST /token": "issueHost" }, policy: { host: "A.example" } },
        hosted: { calls: { "POST /token": "issueHosted" }, policy: { host: "a.example" } },
        long: { calls: { "POST /short/token": "issueLong" } },
        short: { calls: { "POST /token": "issueShort" }, policy: { prefix: "/short" } },
        mapped: {
          calls: { "POST /oauth2/revoke": "revoke", "POST /revoke": "revokeHere" },
          answers: { revoke: "introspectToken", revokeHere: "revokeToken" },
        },
        other: { calls: { "POST /revoke": "revokeThere" }, answers: { revokeThere: "revokeToken" } },
        paged: { calls: { "GET /login": "logIn" } },
      }),
    });
    const { code, stderr } = await runCodegen(folder);
    expect([code, stderr.trimEnd().split("\n")]).toEqual([
      1,
      [
        "openapi/hosted.yaml:5:12: POST /token is in openapi/host.yaml:5:12 too",
        "openapi/mapped.yaml:5:20: POST /oauth2/revoke is in polymint's own service oauth2 too",
        "openapi/other.yaml:5:13: POST /revoke is in openapi/mapped.yaml:6:13 too",
        "openapi/paged.yaml:5:12: GET /login is the address of a page of the server",
        "openapi/short.yaml:5:12: POST /token is in openapi/long.yaml:5:18 too",
      ].map((text) => expect.stringContaining(text) as string),
    ]);
    expect(stderr).toContain('`revoke: "revokeToken"` among the operations of src/contracts/mapped/index.ts');
    expect(stderr).toContain('`prefix: "/short"` in src/contracts/short/policy.ts');
    expect(stderr).toContain('`logIn: "left_out"` among the operations of src/contracts/paged/index.ts');
  });
});
