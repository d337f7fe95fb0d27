import pino from "pino";
import { checkConnectionBudget } from "../../src/process/connection-budget";
import { makeLogCollector } from "../../src/testkit/clock-and-log";
import { openDatabase } from "../../src/store/database";
import { makeOwnPostgres, type OwnPostgres } from "../harness/own-postgres";

jest.setTimeout(60_000);

let postgres: OwnPostgres;
beforeAll(async () => {
  postgres = await makeOwnPostgres({ settings: { max_connections: "30", reserved_connections: "2", superuser_reserved_connections: "3" } });
  await postgres.run(
    "CREATE ROLE server LOGIN",
    "CREATE ROLE narrow LOGIN CONNECTION LIMIT 10",
    "CREATE DATABASE small CONNECTION LIMIT 7",
  );
});
afterAll(() => postgres.remove());

/** Checks the budget of a server with two workers, as a role, on a database. @returns the line for people, and what was logged */
async function check(
  role: string,
  name: string,
  databasePool: number,
  databasePooler: "none" | "transaction" = "none",
): Promise<{ line: string; logged: Record<string, unknown> | undefined }> {
  const url = new URL(postgres.url);
  url.username = role;
  url.pathname = `/${name}`;
  const database = openDatabase({ connection: url.href, poolMax: 1, connectTimeoutMs: 5_000, statementTimeoutMs: 5_000 });
  const { lines, stream } = makeLogCollector();
  try {
    return {
      line: await checkConnectionBudget({ workers: 2, databasePool, databasePooler }, database, pino({}, stream)),
      logged: lines[0],
    };
  } finally {
    await database.close();
  }
}

describe("the connections that a server may open", () => {
  it("are compared with max_connections, without the reserved ones", async () => {
    const { line, logged } = await check("server", "postgres", 4);
    expect(line).toBe(
      "Polymint opens at most 12 connections to the database: 2 workers with 4 each, and 4 for upkeep. " +
        "The database has 25 (max_connections 30, less 5 reserved), enough for 2 such servers",
    );
    expect(logged).toMatchObject({ level: 30, connections: 12, available: 25, servers: 2 });
  });

  it("are logged as a warning, with the numbers and the cure, where they are too many", async () => {
    const { line, logged } = await check("server", "postgres", 11);
    expect(line).toMatch(/The database has 25 \(max_connections 30, less 5 reserved\), which are too few\. Lower DATABASE_POOL or WORKERS/);
    expect(logged).toMatchObject({ level: 40, connections: 26, available: 25, servers: 0, detail: "max_connections 30, less 5 reserved" });
    expect((await check("server", "postgres", 10)).logged).toMatchObject({ level: 30, servers: 1 });
  });

  it.each([
    ["narrow", "postgres", 10, "the role's CONNECTION LIMIT 10"],
    ["server", "small", 7, "the database's CONNECTION LIMIT 7"],
    ["narrow", "small", 7, "the database's CONNECTION LIMIT 7"],
    ["polymint", "small", 25, "max_connections 30, less 5 reserved"],
  ])("are compared with the lowest limit of role and database, which bind no superuser: %s on %s", async (role, name, available, limit) => {
    expect((await check(role, name, 20)).logged).toMatchObject({ level: 40, available, detail: limit });
  });

  it("are not compared behind a pooler", async () => {
    const { line, logged } = await check("server", "postgres", 100, "transaction");
    expect(line).toMatch(/^Polymint opens at most 204 connections [^.]*$/);
    expect(logged).toBeUndefined();
  });
});
