import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { openForAppending, readDataFile } from "../../src/data-folder/files";
import { makeTestDatabase, type TestDatabase } from "../../src/testkit/test-database";
import {
  databaseUrlOf,
  findProcesses,
  freePort,
  installServer,
  type InstalledServer,
  type ProcessResult,
  until,
} from "../harness/installed-server";

jest.setTimeout(90_000);

const nobody = 65534;
// Only root can be led to files that the owner of the folder may not open.
const describeAsRoot = process.getuid?.() === 0 && process.platform === "linux" ? describe : describe.skip;

let server: InstalledServer;
let database: TestDatabase;
let settings: Readonly<Record<string, string>>;
let folder: string;
/** A file of root that no link may lead to. */
let victim: string;
const victimText = '{"secrets":{},"of":"root"}\n';

beforeAll(async () => {
  server = installServer();
  const patience = { DATABASE_CONNECT_TIMEOUT_MS: "20000", DATABASE_STATEMENT_TIMEOUT_MS: "20000", WORKERS: "1" };
  folder = join(server.folder, "of-another-user");
  settings = { ...patience, PORT: String(await freePort()), POLYMINT_DATA: folder };
  victim = join(server.folder, "file-of-root");
});

beforeEach(async () => {
  // A database belongs to the secrets of one folder.
  database = await makeTestDatabase(process.env.DATABASE_URL);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  chownSync(folder, nobody, nobody);
  writeFileSync(victim, victimText, { mode: 0o600 });
});

afterEach(() => database.drop());
afterAll(() => server.remove());

/** Starts a demonstration that is expected to end, or stops it once it listens. */
async function runDemo(more: Readonly<Record<string, string>> = { DATABASE_URL: databaseUrlOf(database) }): Promise<ProcessResult> {
  const started = server.serve({ ...settings, ...more }, "--demo");
  await started.waitUntilListening().catch(() => undefined);
  started.kill("SIGINT");
  const ended = await started.ended;
  await until("everything is over", () => findProcesses(server.folder).length === 0, 15_000);
  return ended;
}

function expectVictimUntouched(): void {
  expect(readFileSync(victim, "utf8")).toBe(victimText);
  expect(execFileSync("stat", ["-c", "%U %a %h", victim], { encoding: "utf8" }).trim()).toMatch(/^root 600 [12]$/);
}

describeAsRoot("a data folder of another user, used by root", () => {
  it("is used if there are no links in it, and gets files that only root can read", async () => {
    expect((await runDemo()).code).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(["demo-raidiam.key.pem", "demo.json", "secrets.json"]);
    const modes = execFileSync("sh", ["-c", "stat -c %a *"], { cwd: folder, encoding: "utf8" }).trim().split("\n");
    expect(modes).toEqual(["600", "600", "600"]);
  });

  it("is refused without a word of the file if secrets.json is damaged", async () => {
    writeFileSync(join(folder, "secrets.json"), '{"pepper":"c2VjcmV0LXBlcHBlci1ieXRlcw==",}');
    const { code, stderr } = await runDemo();
    expect(code).toBe(2);
    expect(stderr).toContain(`${join(folder, "secrets.json")} is damaged`);
    expect(stderr).not.toContain('pepper"');
  });

  it.each(["secrets.json", "demo.json"])("is refused, with the command that mends it, if other users may write to %s", async (name) => {
    const path = join(folder, name);
    writeFileSync(path, "{}", { mode: 0o600 });
    chmodSync(path, 0o620);
    const { code, stderr } = await runDemo();
    expect([code, stderr]).toEqual([2, expect.stringContaining(`chmod go-w ${path}`)]);
  });

  it("does not lead root to another file by a link at the name of a draft", async () => {
    for (const name of ["demo.json.new", "secrets.json.new", "demo.json.1", "demo.json.tmp"]) symlinkSync(victim, join(folder, name));
    expect((await runDemo()).code).toBe(0);
    expectVictimUntouched();
  });

  it.each(["secrets.json", "demo.json", "demo-raidiam.key.pem"])("is refused if %s is a link to another file", async (name) => {
    symlinkSync(victim, join(folder, name));
    const { code, stdout, stderr } = await runDemo();
    expect({ code, stdout: stdout.includes("Ctrl-C") }).toEqual({ code: 2, stdout: false });
    expect(stderr).toContain(`${join(folder, name)} is a link`);
    expectVictimUntouched();
  });

  it.each(["secrets.json", "demo.json", "demo-raidiam.key.pem"])(
    "is refused, and no file is made, if %s leads to a file to be made",
    async (name) => {
      const target = join(server.folder, "not-there-yet");
      symlinkSync(target, join(folder, name));
      const { code, stderr } = await runDemo();
      expect(code).toBe(2);
      expect(stderr).toContain(`${join(folder, name)} is a link`);
      expect(existsSync(target)).toBe(false);
    },
  );

  it.each<[string, (from: string, to: string) => void]>([
    ["a symbolic link", symlinkSync],
    ["a second name", linkSync],
  ])("is refused if the keeper's log is %s of another file, which stays root's", async (_kind, link) => {
    link(victim, join(folder, "keeper.log"));
    const { code, stderr } = await runDemo({});
    expect(code).toBe(2);
    expect(stderr).toContain(`${join(folder, "keeper.log")} is a link`);
    expectVictimUntouched();
  });
});

describeAsRoot("a link on the way to the data folder, made by another user", () => {
  const of = (name: string) => join(server.folder, name);

  function linkAsOther(target: string): string {
    const link = of("way-of-another-user");
    rmSync(link, { force: true });
    symlinkSync(target, link);
    lchownSync(link, nobody, nobody);
    return link;
  }

  it.each([
    ["the data folder itself", ""],
    ["a folder above it", "data"],
  ])("is refused as %s if it leads to a folder of root's, where nothing is made", async (_what, below) => {
    rmSync(of("of-root"), { recursive: true, force: true });
    mkdirSync(of("of-root"), { mode: 0o755 });
    const link = linkAsOther(of("of-root"));
    const { code, stderr } = await runDemo({ DATABASE_URL: databaseUrlOf(database), POLYMINT_DATA: join(link, below) });
    expect(code).toBe(2);
    expect(stderr).toContain(`${link} is another user's link`);
    expect(readdirSync(of("of-root"))).toEqual([]);
  });

  it("is followed to a folder of the same user", async () => {
    const link = linkAsOther(folder);
    expect((await runDemo({ DATABASE_URL: databaseUrlOf(database), POLYMINT_DATA: link })).code).toBe(0);
    expect(readdirSync(folder)).toContain("secrets.json");
  });
});

describeAsRoot("a pipe in the place of a file", () => {
  // Not through a server: the harness of these tests would itself wait for the pipe's other end.
  it("is refused at once, for reading and for writing", () => {
    const pipe = join(folder, "demo.json");
    execFileSync("mkfifo", [pipe]);
    expect(() => readDataFile(pipe)).toThrow("is a link, or no file at all");
    expect(() => openForAppending(pipe)).toThrow("is a link, or no file at all");
  });
});
