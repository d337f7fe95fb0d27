import { randomBytes } from "node:crypto";
import { execFile } from "node:child_process";
import { chmodSync, cpSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { decode } from "jsonwebtoken";
import { makeTestDatabase, type TestDatabase } from "../../src/testkit/test-database";
import { makePolymint } from "../cli/command";
import { databaseUrlOf, freePort, type InstalledServer, installServer, readBannerCurls, runInShell } from "../harness/installed-server";
import { compileProject, copyWithoutTsx, makeProject, makeTemplate, removeProjects, unusableTsx, write } from "./project";

jest.setTimeout(120_000);

let polymint: InstalledServer;
let database: TestDatabase;
let settings: Record<string, string>;
let template: string;

beforeAll(async () => {
  polymint = installServer(undefined, copyWithoutTsx);
  database = await makeTestDatabase(process.env.DATABASE_URL);
  settings = {
    DATABASE_URL: databaseUrlOf(database),
    POLYMINT_PEPPER: randomBytes(32).toString("base64"),
    POLYMINT_MASTER_KEY: randomBytes(32).toString("base64"),
    DATABASE_CONNECT_TIMEOUT_MS: "20000",
    DATABASE_STATEMENT_TIMEOUT_MS: "20000",
    LOG_LEVEL: "error",
  };
  template = makeTemplate();
  expect(await polymint.run(["codegen", "--root", template])).toMatchObject({ code: 0, stderr: "" });
});

afterAll(async () => {
  await polymint.remove();
  await database.drop();
  removeProjects();
});

async function serve(own: Readonly<Record<string, string>>, ...flags: string[]) {
  const port = String(await freePort());
  const server = polymint.serve({ ...settings, PORT: port, ...own }, ...flags);
  await server.waitUntilListening();
  const stop = async () => {
    server.kill("SIGINT");
    return (await server.ended).code;
  };
  return { url: `http://localhost:${port}`, curls: readBannerCurls(server.stdout()), stop };
}

async function postWish(url: string, wish: object): Promise<{ status: number; body: { pass?: string; reason?: string } }> {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(`${url}/harbour/passes`, { method: "POST", headers, body: JSON.stringify(wish) });
  return { status: response.status, body: (await response.json()) as { pass?: string; reason?: string } };
}

async function createClient(folder: string): Promise<{ ship: string; key: string }> {
  const create = ["client", "create", "--contract", "harbour", "--json"];
  const { stdout, stderr } = await polymint.run(create, { ...settings, CONTRACTS_FOLDER: folder, SIGNING_ALG_HARBOUR: "RS256" });
  expect(stderr).toBe("");
  const { client_id: ship, client_secret: key } = JSON.parse(stdout) as { client_id: string; client_secret: string };
  return { ship, key };
}

type MakeHarbourClient = (options: object) => { getToken: () => Promise<{ accessToken: string; expiresAt: number }> };

/** Gets a pass by the client that codegen wrote into the folder, which imports what the folder has installed. */
async function askByClient(folder: string, baseUrl: string, { ship, key }: { ship: string; key: string }): Promise<string> {
  const { makeHarbourClient } = (await import(join(folder, "generated", "clients"))) as { makeHarbourClient: MakeHarbourClient };
  const { accessToken } = await makeHarbourClient({ baseUrl, clientId: ship, clientSecret: key }).getToken();
  return accessToken;
}

/** A contract with no grant but the authorization code. */
const vendor = join(__dirname, "..", "fixtures", "vendors", "murmur.yaml");

/** Runs the tests that were written into a project, by what it has installed. @returns what Jest prints */
function runOwnTests(folder: string, named: string): Promise<string> {
  const jest = join(folder, "node_modules", "jest", "bin", "jest.js");
  const { PATH, DATABASE_URL } = process.env;
  const env = { PATH, ...(DATABASE_URL !== undefined && { DATABASE_URL }) };
  return new Promise((resolve) => {
    execFile(process.execPath, [jest, "contracts/murmur", "--testNamePattern", named], { cwd: folder, env }, (_error, _stdout, stderr) =>
      resolve(stderr),
    );
  });
}

const days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const alwaysOpen = JSON.stringify({ timeZone: "UTC", weekly: Object.fromEntries(days.map((day) => [day, ["00:00-24:00"]])) });

describe("contracts of another folder", () => {
  it("are served from TypeScript by all workers, beside the built-in ones, with their own settings", async () => {
    const folder = makeProject(template, "tsx", "jest", "@swc/jest");
    symlinkSync(polymint.folder, join(folder, "node_modules", "polymint"));
    await makePolymint(polymint.data).json(["contract", "add", vendor, "--root", folder]);
    const own = { WORKERS: "2", SIGNING_ALG_HARBOUR: "RS256", HOURS_HARBOUR: alwaysOpen };
    const [{ url, curls, stop }, client] = await Promise.all([serve(own, "--demo", "--contracts", folder), createClient(folder)]);
    const { pass } = JSON.parse(await runInShell(curls.harbour ?? "")) as { pass: string };
    expect(decode(pass, { complete: true })).toMatchObject({ header: { alg: "RS256" }, payload: { sub: "demo-harbour" } });
    expect(await runInShell(curls.abbeycross ?? "")).toContain("access_token");
    // The folder of contracts, the database and its secrets are the server's own.
    expect(curls.murmur).toContain(" authorization-code create --demo ");
    expect(await runInShell(curls.murmur ?? "")).toContain("access_token");
    for (const secret of [settings.DATABASE_URL, settings.POLYMINT_PEPPER]) expect(Object.values(curls).join()).not.toContain(secret);
    expect(await postWish(url, client)).toMatchObject({ status: 201 });
    expect(decode(await askByClient(folder, url, client))).toMatchObject({ sub: client.ship });
    expect(await postWish(url, { ...client, key: "wrong" })).toEqual({ status: 401, body: { reason: "invalid_client" } });
    expect(await postWish(url, { ...client, berth: 3 })).toEqual({ status: 400, body: { reason: "berth must be even" } });
    expect(await stop()).toBe(0);
    expect(await runOwnTests(folder, "issues a token|grants nothing for a code")).toMatch(/^Tests: .* 2 passed/m);
  });

  it("are served from compiled JavaScript where nothing is installed that loads TypeScript", async () => {
    const folder = makeProject(template);
    write(folder, ...unusableTsx);
    compileProject(folder);
    const { curls, stop } = await serve({ CONTRACTS_FOLDER: folder, WORKERS: "1", CONTRACTS: "harbour" }, "--demo");
    expect(Object.keys(curls)).toEqual(["harbour"]);
    expect(await runInShell(curls.harbour ?? "")).toContain('"pass"');
    expect(await stop()).toBe(0);
  });
});

interface Fault {
  /** What the message says of it. */
  text: string;
  spoil: (folder: string) => void;
  /** Default: with tsx. */
  install?: readonly string[];
}

const faults: Readonly<Record<string, Fault>> = {
  "does not exist": { text: "there is no such folder", spoil: (folder) => rmSync(folder, { recursive: true }) },
  "has no generated files": {
    text: "npx polymint codegen --root",
    spoil: (folder) => rmSync(join(folder, "generated"), { recursive: true }),
  },
  "may be changed by any user": { text: "run: chmod o-w ", spoil: (folder) => chmodSync(join(folder, "generated"), 0o777) },
  "needs tsx and has none": { text: "npm install --save-dev tsx", spoil: (folder) => write(folder, ...unusableTsx), install: [] },
  "is for another version of Polymint": {
    text: "they are for polymint 99.1.0",
    spoil: (folder) => write(folder, "node_modules/polymint/package.json", '{"name":"polymint","version":"99.1.0"}'),
  },
  "has a module that throws": {
    text: "src/contracts/harbour/demo.ts:2",
    spoil: (folder) => write(folder, "src/contracts/harbour/demo.ts", '\nthrow new TypeError("no anchor");'),
  },
  "lacks the code of a contract": {
    text: "every file in openapi/ needs a folder in src/contracts/",
    spoil: (folder) => rmSync(join(folder, "src"), { recursive: true }),
  },
  "does not compile": { text: "demo.ts:1", spoil: (folder) => write(folder, "src/contracts/harbour/demo.ts", "export const = 1;") },
  "was not wired by this Polymint": {
    text: "does not export the contracts that polymint codegen wires",
    spoil: (folder) => write(folder, "generated/wiring.ts", 'export const wiring = [{ name: "harbour" }];'),
  },
  "has a contract with a built-in name": { text: "there is a contract weavr already", spoil: renameContract },
};

function renameContract(folder: string): void {
  renameSync(join(folder, "generated", "harbour.json"), join(folder, "generated", "weavr.json"));
  cpSync(join(folder, "src/contracts/harbour"), join(folder, "src/contracts/weavr"), { recursive: true });
  write(
    folder,
    "generated/wiring.ts",
    'import { wire } from "polymint/contract";\nimport spec from "./weavr.json";\nimport definition from "../src/contracts/weavr";\nexport const wiring = [wire("weavr", spec, definition)];\n',
  );
}

describe("a folder that cannot be served", () => {
  it("is a fault of the configuration, and the message names the folder, the fault and the cure", async () => {
    const report = async ({ text, spoil, install = ["tsx"] }: Fault): Promise<void> => {
      const folder = makeProject(template, ...install);
      spoil(folder);
      const { code, stderr } = await polymint.run(["client", "list"], { ...settings, CONTRACTS_FOLDER: folder });
      expect(stderr).toContain(text);
      expect(stderr).toContain(`The contracts of ${folder} cannot be served: `);
      expect(stderr).not.toMatch(/^\s+at .*\(/m);
      expect(code).toBe(2);
    };
    await Promise.all(Object.values(faults).map(report));
  });
});
