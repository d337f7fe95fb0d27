/**
 * The proof that any vendor's file becomes a contract: each fixture, and each file beside the checkout, is added to a copy of the
 * checkout, and nothing is edited by hand. Then types, style, specs, tests and tokens are as good as those of the built-in contracts.
 */
import { createPrivateKey, createPublicKey, type JsonWebKey } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decode, verify } from "jsonwebtoken";
import { toPascalCase } from "../../src/codegen/name-rules";
import { findToken } from "../../src/contract-suite/find-token";
import { type CommandResult, makeCheckout } from "../harness/checkout";
import { compileRelease } from "../harness/compiled";
import { freePort, type InstalledServer, installServer, readBannerCurls, runInShell } from "../harness/installed-server";
import { listVendorFiles, root } from "./vendor-files";

jest.setTimeout(240_000);

interface Added {
  name: string;
  files: string[];
}

const checkout = makeCheckout(
  "test/fixtures/vendors",
  ".prettierignore",
  ".prettierrc.json",
  "redocly.yaml",
  ".spectral.yaml",
  "eslint.config.mjs",
);
const documented = "pelagic";
const others = listVendorFiles().filter((file) => !file.includes(`/${documented}.`));
const readAll = () => checkout.readTexts("openapi", "src", "generated", "test");
const before = readAll();
const added: Added[] = [];
let server: InstalledServer | undefined;

afterAll(async () => {
  await server?.remove();
  checkout.remove();
});

/** Runs `polymint contract …` in the checkout. */
function runContract(...args: string[]): Promise<CommandResult> {
  return checkout.runNode(join(compileRelease(root), "dist", "src", "cli", "polymint.js"), "contract", ...args);
}

const bin = (name: string, ...args: string[]) => checkout.runNode(join("node_modules", ".bin", name), ...args);
const runTool = (tool: string, ...args: string[]) =>
  checkout.runNode("--import", "tsx", join(root, "test", "contract-writer", tool), ...args);
const written = (pattern: RegExp) => added.flatMap(({ files }) => files).filter((file) => pattern.test(file));

function jestConfig(): string {
  const { jest: config } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { jest: Record<string, unknown> };
  const { transform, transformIgnorePatterns, testTimeout } = config;
  return JSON.stringify({ rootDir: checkout.folder, testEnvironment: "node", transform, transformIgnorePatterns, testTimeout });
}

/** A generated client, as a program without types calls it. */
type MakeClient = (options: object) => { getToken: () => Promise<{ accessToken: string; expiresAt: number }> };

/** Gets a token by a contract's generated client, with all that its demonstration made. @returns undefined if only a person can get one */
async function askByClient(name: string, baseUrl: string, data: string): Promise<string | undefined> {
  const load = (...path: string[]): Promise<unknown> => import(join(checkout.folder, ...path));
  const { policy } = (await load("src", "contracts", name, "policy")) as { policy: { grants: string[] } };
  if (!policy.grants.includes("client_credentials")) return undefined;
  const { demo } = (await load("src", "contracts", name, "demo")) as { demo: { client: { id: string; scopes: string[] } } };
  const { id, scopes } = demo.client;
  const { secrets } = JSON.parse(readFileSync(join(data, "demo.json"), "utf8")) as { secrets: Record<string, string> };
  const keyFile = join(data, `${id}.key.pem`);
  const privateKey = existsSync(keyFile) ? createPrivateKey(readFileSync(keyFile)).export({ format: "jwk" }) : undefined;
  const clients = (await load("generated", "clients")) as Record<string, MakeClient>;
  const own = { clientId: id, clientSecret: secrets[id], privateKey, scope: scopes.join(" "), tenant_id: "t-100" };
  const client = clients[`make${toPascalCase(name)}Client`]?.({ baseUrl, ...own });
  const token = await client?.getToken();
  expect([name, (token?.expiresAt ?? 0) > Date.now()]).toEqual([name, true]);
  return token?.accessToken;
}

describe("contracts of vendors' files", () => {
  it("are added by the command, one after another to one checkout", async () => {
    const { code, output } = await runContract("add", `test/fixtures/vendors/${documented}.yaml`);
    expect([code, code === 0 ? "" : output]).toEqual([0, ""]);
    added.push({ name: documented, files: [...output.matchAll(/^ {2}(\S+)$/gm)].map(([, file = ""]) => file) });
    const rest = await runTool("edit-project.ts", "add", checkout.folder, ...others);
    expect([rest.code, rest.code === 0 ? "" : rest.output]).toEqual([0, ""]);
    added.push(...(JSON.parse(rest.output) as Added[]));
    expect(added).toHaveLength(others.length + 1);
    const list = await runContract("list");
    expect([list.code, list.output.split("\n").map((line) => line.split(" ")[0])]).toEqual([
      0,
      expect.arrayContaining(added.map(({ name }) => name)),
    ]);
  });

  it("compile, have the style of hand-written ones, and specs without a fault", async () => {
    const code = written(/^(?:src|test)\//);
    const specs = written(/^openapi\//);
    const checks = {
      codegen: checkout.runNode("--import", "tsx", "src/codegen/codegen.ts", "--check"),
      "types and ESLint": runTool("check-code.ts", checkout.folder, ...code),
      prettier: bin("prettier", "--check", "--log-level", "warn", ...code),
      redocly: bin("redocly", "lint", ...specs, "--config", "redocly.yaml"),
      spectral: bin("spectral", "lint", ...specs, "--ruleset", ".spectral.yaml", "--fail-severity", "hint", "--quiet"),
    };
    for (const [name, ended] of Object.entries(checks)) {
      const { code: exit, output } = await ended;
      expect([name, exit, exit === 0 ? "" : output]).toEqual([name, 0, ""]);
    }
  });

  it("issue tokens for their printed curls and to their typed clients, and the published keys verify them", async () => {
    server = installServer(checkout.folder);
    const { data } = server;
    const port = await freePort();
    const serving = server.serve({ PORT: String(port), WORKERS: "1", CONTRACTS: added.map(({ name }) => name).join(",") }, "--demo");
    await serving.waitUntilListening();
    const issuer = `http://localhost:${port}`;
    const { keys } = (await (await fetch(`${issuer}/.well-known/jwks.json`)).json()) as { keys: JsonWebKey[] };
    const curls = readBannerCurls(serving.stdout());
    for (const { name } of added) {
      const token = findToken({ text: await runInShell(curls[name] ?? `echo no curl is printed for ${name}`) });
      const { header } = decode(token, { complete: true }) ?? {};
      const key = createPublicKey({ key: keys.find(({ kid }) => kid === header?.kid) ?? {}, format: "jwk" });
      for (const each of [token, (await askByClient(name, issuer, data)) ?? token])
        expect(verify(each, key, { issuer })).toMatchObject({ client_id: `demo-${name}` });
    }
    serving.kill("SIGTERM");
    expect((await serving.ended).code).toBe(0);
  });

  it("pass the tests that were written for them", async () => {
    // One file, so that the server's modules are loaded once.
    const all = "written.test.ts";
    const imports = written(/^test\//).map((file) => `import "./${file.replace(/\.ts$/, "")}";\n`);
    writeFileSync(join(checkout.folder, all), imports.join(""));
    const { code, output } = await bin("jest", "--config", jestConfig(), "--runTestsByPath", all);
    expect([code, code === 0 ? "" : output]).toEqual([0, ""]);
  });

  it("are removed without a trace", async () => {
    expect(await runContract("remove", documented)).toMatchObject({ code: 0 });
    const names = added.map(({ name }) => name).filter((name) => name !== documented);
    const { code, output } = await runTool("edit-project.ts", "remove", checkout.folder, ...names);
    expect([code, code === 0 ? "" : output]).toEqual([0, ""]);
    const after = readAll();
    expect([...after].filter(([path, text]) => before.get(path) !== text)).toEqual([]);
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
  });
});
