import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { makeClientAdmin } from "../../src/store/clients/admin";
import { openDatabase } from "../../src/store/database";
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

const makeKeyText = (): string => randomBytes(32).toString("base64");
const secrets = { POLYMINT_PEPPER: makeKeyText(), POLYMINT_MASTER_KEY: makeKeyText() };
const patience = { DATABASE_CONNECT_TIMEOUT_MS: "20000", DATABASE_STATEMENT_TIMEOUT_MS: "20000", WORKERS: "1" };

let server: InstalledServer;
let database: TestDatabase;
let settings: Readonly<Record<string, string>>;

beforeAll(async () => {
  server = installServer();
  database = await makeTestDatabase(process.env.DATABASE_URL);
  settings = { ...patience, DATABASE_URL: databaseUrlOf(database), PORT: String(await freePort()) };
});

afterAll(async () => {
  await server.remove();
  await database.drop();
});

/** Makes a folder with this mode, whatever the umask is. */
function makeFolder(name: string, mode: number): string {
  const folder = join(server.folder, name);
  mkdirSync(folder);
  chmodSync(folder, mode);
  return folder;
}

async function expectRefusal(started: Promise<ProcessResult>, folder: string, advice: string): Promise<void> {
  const { code, stdout, stderr } = await started;
  expect({ code, stdout }).toEqual({ code: 2, stdout: expect.stringMatching(/^(This demonstration has no sandbox: .*\n)?$/) as string });
  expect(stderr).toContain(folder);
  expect(stderr).toContain(advice);
  await until("everything is over", () => findProcesses(server.folder).length === 0);
}

/** Starts a server, stops it, and returns the warnings about demo clients in its log. */
async function readDemoWarnings(...flags: string[]): Promise<Record<string, unknown>[]> {
  const started = server.serve({ ...settings, ...secrets }, ...flags);
  await started.waitUntilListening();
  started.kill("SIGINT");
  const { code, stderr } = await started.ended;
  expect(code).toBe(0);
  const lines = stderr.split("\n").filter((line) => line.startsWith("{"));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => "demoClients" in line);
}

describe("a data folder that other users may write to", () => {
  it.each([0o777, 0o1777, 0o702, 0o770])("is refused for the embedded database, with mode %o", async (mode) => {
    const folder = makeFolder(`mode-${mode.toString(8)}`, mode);
    await expectRefusal(server.serve({ ...patience, POLYMINT_DATA: folder }).ended, folder, `chmod go-w ${folder}`);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is refused for secrets and for the files of a demonstration", async () => {
    const folder = makeFolder("shared", 0o777);
    await expectRefusal(server.serve({ ...settings, POLYMINT_DATA: folder }, "--demo").ended, folder, `chmod go-w ${folder}`);
    await expectRefusal(server.serve({ ...settings, ...secrets, POLYMINT_DATA: folder }, "--demo").ended, folder, `chmod go-w ${folder}`);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is refused for every command that uses it", async () => {
    const folder = makeFolder("shared-with-commands", 0o757);
    await expectRefusal(server.run(["client", "list"], { POLYMINT_DATA: folder }), folder, `chmod go-w ${folder}`);
  });

  it("is refused, and not made, below a folder in which others may rename it", async () => {
    const parent = makeFolder("open", 0o777);
    const folder = join(parent, "data");
    await expectRefusal(server.serve({ ...patience, POLYMINT_DATA: folder }).ended, folder, `chmod o-w ${parent}`);
    expect(existsSync(folder)).toBe(false);
  });

  it("does not matter where it is not used", async () => {
    const folder = makeFolder("unused", 0o777);
    const { code } = await server.run(["migrate"], { ...settings, ...secrets, POLYMINT_DATA: folder });
    expect(code).toBe(0);
  });
});

describe("clients of a demonstration in the database", () => {
  it("are warned of by a server without --demo, with a command that removes them", async () => {
    expect(await readDemoWarnings()).toEqual([]);
    expect(await readDemoWarnings("--demo")).toEqual([]);
    const [warning, ...others] = await readDemoWarnings();
    expect(others).toEqual([]);
    expect(warning).toMatchObject({ level: 40 });
    expect(warning?.demoClients).toEqual(expect.arrayContaining(["demo-abbeycross", "demo-raidiam-device"]));
    const commands = String(warning?.command).split(" && ");
    expect(commands).toHaveLength((warning?.demoClients as string[]).length);
    for (const command of commands) {
      const [program, ...args] = command.split(" ");
      expect([program, (await server.run(args, { ...settings, ...secrets })).code]).toEqual(["polymint", 0]);
    }
    expect(await readDemoWarnings()).toEqual([]);
  });

  it("are not warned of once they are disabled", async () => {
    await readDemoWarnings("--demo");
    const { connection } = database;
    const own = openDatabase({ connection, poolMax: 1, connectTimeoutMs: 20_000, statementTimeoutMs: 20_000 });
    const ids = await own.build((knex) => knex("clients").pluck<string[]>("id"));
    for (const id of ids) await makeClientAdmin(own).setStatus(id, "disabled", Date.now());
    await own.close();
    expect(await readDemoWarnings()).toEqual([]);
  });
});
