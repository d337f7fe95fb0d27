import { randomBytes } from "node:crypto";
import { createServer, type Server } from "node:net";
import { makeTestDatabase, type TestDatabase } from "../../src/testkit/test-database";
import {
  installServer,
  type ProcessResult,
  freePort,
  type InstalledServer,
  findProcesses,
  until,
  databaseUrlOf,
} from "../harness/installed-server";

jest.setTimeout(90_000);

const patience = { DATABASE_CONNECT_TIMEOUT_MS: "20000", DATABASE_STATEMENT_TIMEOUT_MS: "20000" };
const makeSecretText = (): string => randomBytes(32).toString("base64");

let newcomer: InstalledServer;
let database: TestDatabase;

beforeAll(async () => {
  newcomer = installServer();
  database = await makeTestDatabase(process.env.DATABASE_URL);
});

afterAll(async () => {
  await newcomer.remove();
  await database.drop();
});

/** Starts a server that must fail, and waits until none of its processes is left. */
async function startAndFail(settings: Readonly<Record<string, string>>, ...flags: string[]): Promise<ProcessResult> {
  const ended = await newcomer.serve({ ...patience, ...settings }, ...flags).ended;
  await until("everything is over", () => findProcesses(newcomer.folder).length === 0);
  expect(ended.stderr).not.toMatch(/^\s+at .*\(/m);
  return ended;
}

describe("a start with DATABASE_URL", () => {
  it("ends with exit code 2 and names the pepper and the master key if both are missing", async () => {
    const { code, stderr, stdout } = await startAndFail({ DATABASE_URL: databaseUrlOf(database), PORT: String(await freePort()) });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("POLYMINT_PEPPER is required with DATABASE_URL");
    expect(stderr).toContain("POLYMINT_MASTER_KEY is required with DATABASE_URL");
  });

  it("names only the one of the two secrets that is missing", async () => {
    const { code, stderr } = await startAndFail({ DATABASE_URL: databaseUrlOf(database), POLYMINT_PEPPER: makeSecretText() });
    expect(code).toBe(2);
    expect(stderr).toContain("POLYMINT_MASTER_KEY is required");
    expect(stderr).not.toContain("POLYMINT_PEPPER");
  });

  it("says which secret differs from the one that the database was set up with, and does not repeat it", async () => {
    const own = { DATABASE_URL: databaseUrlOf(database), PORT: String(await freePort()), WORKERS: "1", ...patience };
    const right = { POLYMINT_PEPPER: makeSecretText(), POLYMINT_MASTER_KEY: makeSecretText() };
    const first = newcomer.serve({ ...own, ...right });
    await first.waitUntilListening();
    expect(first.stdout()).toMatch(/^Polymint opens at most 12 connections to the database: 1 worker with 8 each, and 4 for upkeep\. /m);
    first.kill("SIGTERM");
    expect(await first.ended).toMatchObject({ code: 0 });

    const wrong = makeSecretText();
    const pepper = await startAndFail({ ...own, ...right, POLYMINT_PEPPER: wrong });
    expect(pepper.code).toBe(2);
    expect(pepper.stderr).toContain("POLYMINT_PEPPER is not the one this database was set up with");
    const masterKey = await startAndFail({ ...own, ...right, POLYMINT_MASTER_KEY: wrong });
    expect([1, 2]).toContain(masterKey.code);
    expect(masterKey.stderr).toMatch(/is POLYMINT_MASTER_KEY the one this database was set up with\?/);
    const output = [pepper, masterKey].map(({ stdout, stderr }) => stdout + stderr).join("");
    for (const secret of [wrong, ...Object.values(right)]) expect(output).not.toContain(secret);
  });

  it("says within the time limit that no database answers", async () => {
    const url = `postgres://polymint:hunter2@127.0.0.1:${await freePort()}/polymint`;
    const secrets = { POLYMINT_PEPPER: makeSecretText(), POLYMINT_MASTER_KEY: makeSecretText() };
    const { code, stderr } = await startAndFail({ DATABASE_URL: url, ...secrets });
    expect(code).toBe(5);
    expect(stderr).toMatch(/ECONNREFUSED/);
    expect(stderr).not.toContain("hunter2");
  });
});

describe("the start of a server", () => {
  it("names every fault of the configuration at once, and ends with exit code 2", async () => {
    const { code, stdout, stderr } = await startAndFail(
      { PORT: "x", WORKERS: "0", POLYMINT_PEPPER: "hunter2", SIGNING_ALG_WEAVER: "RS256" },
      "--demo",
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("4 faults");
    for (const name of ["PORT", "WORKERS", "POLYMINT_PEPPER", "SIGNING_ALG_WEAVER"]) expect(stderr).toMatch(new RegExp(`^  ${name} `, "m"));
    expect(stderr).not.toContain("hunter2");
  });

  it("refuses HS256 for a contract that identifies persons, and says what to choose", async () => {
    const { code, stderr } = await startAndFail({ SIGNING_ALG_SCREENING_EAGLE: "HS256", SIGNING_ALG_WEAVR: "HS256" }, "--demo");
    expect(code).toBe(2);
    expect(stderr).toContain("has a fault");
    expect(stderr).toContain("SIGNING_ALG_SCREENING_EAGLE must be ES256, RS256 or PS256");
  });

  it.each(["1", "2"])("says that the port is taken and leaves no process behind, with %s workers", async (workers) => {
    const portHolder = await listenOnPort();
    const { port } = portHolder.address() as { port: number };
    const { code, stderr, stdout } = await startAndFail({ PORT: String(port), WORKERS: workers }, "--demo");
    portHolder.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`(EADDRINUSE|address already in use) 127\\.0\\.0\\.1:${port}\\b`));
    expect(stderr).toContain("choose another one with PORT");
    expect(stdout).not.toContain("ready to paste");
  });
});

/** Takes a free port. */
function listenOnPort(): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => resolve(server));
  });
}
