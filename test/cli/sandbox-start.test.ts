import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Database, openDatabase } from "../../src/store/database";
import { makeTestDatabase } from "../../src/testkit/test-database";
import { compileRelease } from "../harness/compiled";
import { until } from "../harness/installed-server";

const command = join(compileRelease(join(__dirname, "..", "..")), "dist", "src", "cli", "polymint.js");

interface Facts {
  url: string;
  issuer: string;
  pid: number;
  clients: Record<string, { client_id: string; client_secret?: string; private_key?: string }>;
  person: { email: string; password: string };
}

async function readFacts({ stdout }: ChildProcess): Promise<Facts> {
  if (stdout === null) throw new Error("no standard output");
  const [line] = (await once(createInterface({ input: stdout }), "line")) as [string];
  return JSON.parse(line) as Facts;
}

/** What a server of this process has: it answers, it runs, and it has a database. */
async function findTraces({ url, pid }: Facts): Promise<string[]> {
  const answers = await fetch(`${url}/health/live`).then(
    () => true,
    () => false,
  );
  const databases = await listDatabases(pid);
  return [...(answers ? ["answers"] : []), ...(existsSync(`/proc/${pid}`) ? ["runs"] : []), ...databases.map(() => "database")];
}

let database: Database;
let close: () => Promise<void>;
beforeAll(async () => {
  const test = await makeTestDatabase(process.env.DATABASE_URL);
  database = openDatabase({ connection: test.connection, poolMax: 1, connectTimeoutMs: 5_000, statementTimeoutMs: 5_000 });
  close = async () => {
    await database.close();
    await test.drop();
  };
});
afterAll(() => close());

/** The test databases of a process, whose id is in their names. */
function listDatabases(pid: number): Promise<string[]> {
  return database.build((knex) => knex("pg_database").where("datname", "~", `^polymint_test_[0-9a-f]+_${pid}_`).pluck<string[]>("datname"));
}

describe("polymint sandbox --port 0 --json", () => {
  it("says in one line how to use the server, until a signal ends it with all that it made", async () => {
    const child = spawn(process.execPath, [command, "sandbox", "--port", "0", "--json"], { stdio: ["ignore", "pipe", "inherit"] });
    const facts = await readFacts(child);
    const { url, issuer, clients, pid } = facts;
    expect({ issuer, pid }).toEqual({ issuer: url, pid: child.pid });
    const { client_id, client_secret } = clients.abbeycross ?? {};
    const answer = await fetch(`${url}/v1/oauth/token`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ client_id, client_secret }),
    });
    expect([answer.status, answer.headers.get("polymint-sandbox")]).toEqual([200, "on"]);
    expect(clients.raidiam?.private_key).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect(await findTraces(facts)).toEqual(["answers", "runs", "database"]);
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
    expect(await findTraces(facts)).toEqual([]);
  });

  it("ends with the program that started it, though npx and its shell stand between them, and leaves nothing behind", async () => {
    const run = (program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
      `require("node:child_process").spawn(${JSON.stringify(program)}, ${JSON.stringify(args)}, { stdio: "inherit", env: { ...process.env, ...${JSON.stringify(env)} } })`;
    const shell = run("sh", ["-c", `'${process.execPath}' '${command}' sandbox --port 0 --json; exit $?`], { npm_command: "exec" });
    const starter = spawn(process.execPath, ["-e", run(process.execPath, ["-e", shell])], { stdio: ["ignore", "pipe", "inherit"] });
    const facts = await readFacts(starter);
    starter.kill("SIGKILL");
    await until("nothing of the server is left", async () => (await findTraces(facts)).length === 0);
  });
});
